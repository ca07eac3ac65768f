// Models that are damaged, on purpose or not: the verifier refuses them before TFLM sees them.

#include <cmath>
#include <cstdint>
#include <cstring>
#include <new>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "micro/mnist_float_model_data.h"
#include "micro/mnist_model.h"
#include "tensorflow/lite/schema/schema_generated.h"
#include "tensorflow/lite/schema/schema_utils.h"
#include "tflm_model/model_runner.h"
#include "tflm_model/model_verifier.h"

namespace tflm_model {
namespace {

using ::mnist_micro::kMnistFloatModel;
using ::mnist_micro::kMnistFloatModelSize;
using ::mnist_micro::kMnistModel;
using ::mnist_micro::kMnistModelSize;
using ::mnist_micro::MnistModel;
using ::mnist_micro::MnistModelTraits;
using ::testing::AnyOf;
using ::testing::StrEq;

// A copy that a test may damage, aligned as the verifier wants it.
struct alignas(16) ModelCopy {
  std::uint8_t data[kMnistModelSize];
  ModelCopy() { std::memcpy(data, kMnistModel, kMnistModelSize); }
};

TEST(FindModelFault, FindsNoneInTheRealModels) {
  EXPECT_EQ(FindModelFault(kMnistModel, kMnistModelSize), nullptr);
  EXPECT_EQ(FindModelFault(kMnistFloatModel, kMnistFloatModelSize), nullptr);
}

TEST(FindModelFault, RefusesEveryTruncation) {
  EXPECT_THAT(FindModelFault(kMnistModel, 0), StrEq("it is empty"));
  EXPECT_THAT(FindModelFault(kMnistModel, 7), StrEq("it is truncated"));
  // The last bytes may be padding: all that is known is that much must be there.
  for (std::size_t size = 16; size + 64 < kMnistModelSize; size += 13) {
    ASSERT_NE(FindModelFault(kMnistModel, size), nullptr) << size;
  }
}

TEST(FindModelFault, RefusesRandomBytes) {
  static ModelCopy model;
  std::uint32_t state = 1;
  for (std::uint8_t& byte : model.data) {
    state = state * 1664525u + 1013904223u;
    byte = static_cast<std::uint8_t>(state >> 24);
  }
  EXPECT_THAT(FindModelFault(model.data, kMnistModelSize), StrEq("it has no identifier 'TFL3'"));
  std::memcpy(model.data + 4, "TFL3", 4);
  EXPECT_THAT(FindModelFault(model.data, kMnistModelSize),
              StrEq("its flatbuffer is truncated or damaged"));
}

TEST(FindModelFault, RefusesAnotherSchemaVersion) {
  static ModelCopy model;
  // The root table's version field: the only uint32 3 among the first fields; found by trying.
  bool refused = false;
  for (std::size_t i = 8; i < 128 && !refused; i += 4) {
    std::uint32_t word;
    std::memcpy(&word, model.data + i, 4);
    if (word != 3) continue;
    word = 4;
    std::memcpy(model.data + i, &word, 4);
    const char* fault = FindModelFault(model.data, kMnistModelSize);
    refused = fault != nullptr && std::strcmp(fault, "its schema version is not 3") == 0;
    word = 3;
    std::memcpy(model.data + i, &word, 4);
  }
  EXPECT_TRUE(refused);
}

// --- models whose flatbuffer is sound and whose meaning is not ---------------------------------------
// Each was found by //tests/fuzz:model_fuzz to crash TFLM, or is a neighbour of such a one.

// A model whose fields a test may set. Those that are set must be present in the file.
class EditableModel {
 public:
  const std::uint8_t* data() const { return copy_.data; }
  tflite::SubGraph& subgraph() { return *Edit(model().subgraphs()->Get(0)); }
  tflite::Model& model() { return *Edit(tflite::GetModel(copy_.data)); }

  // The n-th operator of that kind, and its options and tensors.
  const tflite::Operator& Find(tflite::BuiltinOperator kind, int n = 0) {
    for (const tflite::Operator* op : *subgraph().operators()) {
      const auto* code = model().operator_codes()->Get(op->opcode_index());
      if (tflite::GetBuiltinCode(code) == kind && n-- == 0) return *op;
    }
    ADD_FAILURE() << "no such operator";
    return *subgraph().operators()->Get(0);
  }
  const tflite::Tensor& Input(const tflite::Operator& op, int i) {
    return *subgraph().tensors()->Get(static_cast<std::uint32_t>(op.inputs()->Get(i)));
  }
  const tflite::Tensor& Output(const tflite::Operator& op) {
    return *subgraph().tensors()->Get(static_cast<std::uint32_t>(op.outputs()->Get(0)));
  }

  template <typename T>
  static T* Edit(const T* part) {
    return const_cast<T*>(part);
  }
  template <typename T>
  static void Set(const flatbuffers::Vector<T>* vector, std::uint32_t i, T value) {
    ASSERT_LT(i, vector->size());
    Edit(vector)->Mutate(i, value);
  }
  // A field of a table, which must be there. Default values are not stored.
  template <typename T, typename Table>
  static void SetField(const Table* table, flatbuffers::voffset_t field, T value) {
    auto* raw = Edit(reinterpret_cast<const flatbuffers::Table*>(table));
    std::uint8_t* address = raw->GetAddressOf(field);
    ASSERT_NE(address, nullptr) << "the field is not stored";
    flatbuffers::WriteScalar(address, value);
  }
  // Cuts a vector, or lets it run on into what follows.
  template <typename T>
  static void SetSize(const flatbuffers::Vector<T>* vector, std::uint32_t size) {
    flatbuffers::WriteScalar(reinterpret_cast<std::uint8_t*>(Edit(vector)), size);
  }

 private:
  ModelCopy copy_;
};

class HostileModel : public testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(FindModelFault(model_.data(), kMnistModelSize), nullptr); }

  // Refused with that fault, in the scope of the generated classes too.
  void ExpectFault(const char* fault) {
    for (const Scope scope : {Scope::kKnownOperators, Scope::kAllOperators}) {
      EXPECT_THAT(FindModelFault(model_.data(), kMnistModelSize, scope), StrEq(fault));
    }
  }

  // By TFLM, without inputs and outputs, in memory that was used before.
  static Status Create(ModelRunner& runner, const std::uint8_t* model) {
    static MnistModelTraits::OpResolver resolver;
    static const TfLiteStatus registered = MnistModelTraits::RegisterOps(resolver);
    EXPECT_EQ(registered, kTfLiteOk);
    alignas(16) static std::uint8_t arena[MnistModel::kArenaSize];
    runner.Reset();  // It looks into its arena for the last time.
    std::memset(arena, 0xa5, sizeof(arena));
    return runner.Create(model, resolver, arena, sizeof(arena), nullptr, 0, nullptr, 0);
  }

  EditableModel model_;
  const tflite::Operator& conv_ = model_.Find(tflite::BuiltinOperator_CONV_2D);
  const tflite::Operator& pool_ = model_.Find(tflite::BuiltinOperator_MAX_POOL_2D);
  const tflite::Operator& reshape_ = model_.Find(tflite::BuiltinOperator_RESHAPE);
  const tflite::Operator& dense_ = model_.Find(tflite::BuiltinOperator_FULLY_CONNECTED);
  const tflite::Operator& softmax_ = model_.Find(tflite::BuiltinOperator_SOFTMAX);
};

TEST_F(HostileModel, ConvolutionWithoutStride) {
  // Divided by zero.
  EditableModel::SetField<std::int32_t>(conv_.builtin_options_as_Conv2DOptions(),
                                        tflite::Conv2DOptions::VT_STRIDE_W, 0);
  ExpectFault("an operator's options are missing or out of range");
}

TEST_F(HostileModel, PoolingWithoutStride) {
  EditableModel::SetField<std::int32_t>(pool_.builtin_options_as_Pool2DOptions(),
                                        tflite::Pool2DOptions::VT_STRIDE_H, 0);
  ExpectFault("an operator's options are missing or out of range");
}

TEST_F(HostileModel, PoolingWithHugeWindow) {
  EditableModel::SetField<std::int32_t>(pool_.builtin_options_as_Pool2DOptions(),
                                        tflite::Pool2DOptions::VT_FILTER_WIDTH, 0x7fffffff);
  ExpectFault("an operator's options are missing or out of range");
}

TEST_F(HostileModel, OptionsOfAnotherOperator) {
  // The kernel would run with options of zeros, or read none.
  EditableModel::SetField<std::uint8_t>(&conv_, tflite::Operator::VT_BUILTIN_OPTIONS_TYPE,
                                        tflite::BuiltinOptions_NONE);
  ExpectFault("an operator's options are missing or out of range");
}

TEST_F(HostileModel, TooFewInputs) {
  EditableModel::SetSize(conv_.inputs(), 1);
  ExpectFault("an operator has a wrong number of inputs or outputs");
}

TEST_F(HostileModel, NoOutput) {
  EditableModel::SetSize(softmax_.outputs(), 0);
  ExpectFault("an operator has a wrong number of inputs or outputs");
}

TEST_F(HostileModel, AbsentOptionalInput) {
  // The memory planner of TFLM 2020 wrote to the place before its first tensor.
  EditableModel::Set(dense_.inputs(), 2, -1);
  EXPECT_THAT(FindModelFault(model_.data(), kMnistModelSize),
              StrEq("an operator refers to a tensor that is not there"));
  // Its bias may be left out in the classes, its weights may not.
  EXPECT_EQ(FindModelFault(model_.data(), kMnistModelSize, Scope::kAllOperators), nullptr);
  EditableModel::Set(dense_.inputs(), 1, -1);
  EXPECT_THAT(FindModelFault(model_.data(), kMnistModelSize, Scope::kAllOperators),
              StrEq("an operator lacks an input that its kernel needs"));
}

TEST_F(HostileModel, ScalarInput) {
  // TFLM 2020 read the dimensions of a rank that is not there.
  EditableModel::SetSize(model_.Input(conv_, 1).shape(), 0);
  EXPECT_NE(FindModelFault(model_.data(), kMnistModelSize), nullptr);
  EditableModel::SetSize(model_.Input(conv_, 0).shape(), 0);
  EXPECT_NE(FindModelFault(model_.data(), kMnistModelSize), nullptr);
}

TEST_F(HostileModel, OutputLargerThanWhatTheInputGives) {
  EditableModel::Set(model_.Output(pool_).shape(), 1, 14);
  ExpectFault("an operator's options are missing or out of range");
}

TEST_F(HostileModel, ReshapeToAnotherSize) {
  EditableModel::Set(model_.Output(reshape_).shape(), 1, 16);
  ExpectFault("an operator's tensors have shapes that don't go together");
}

TEST_F(HostileModel, ReshapeToSizeUnknown) {
  // TFLM would write the size into the model.
  EditableModel::Set(model_.Output(reshape_).shape(), 1, -1);
  ExpectFault("a tensor has a dimension that is not positive");
}

TEST_F(HostileModel, MoreOutputsThanWeights) {
  EditableModel::Set(model_.Output(softmax_).shape(), 1, 11);
  ExpectFault("an operator's tensors have shapes that don't go together");
}

TEST_F(HostileModel, WeightsOfAnotherType) {
  EditableModel::SetField<std::int8_t>(&model_.Input(dense_, 1), tflite::Tensor::VT_TYPE,
                                       tflite::TensorType_UINT8);
  ExpectFault("an operator's tensors are of types that don't go together");
}

TEST_F(HostileModel, WeightsWithoutData) {
  // Null was read.
  EditableModel::SetField<std::uint32_t>(&model_.Input(dense_, 1), tflite::Tensor::VT_BUFFER, 0);
  ExpectFault("an operator's weights are not constant");
}

TEST_F(HostileModel, BiasWithoutData) {
  EditableModel::SetField<std::uint32_t>(&model_.Input(conv_, 2), tflite::Tensor::VT_BUFFER, 0);
  ExpectFault("an operator's bias is not constant");
}

TEST_F(HostileModel, InputThatNothingWrites) {
  // The planner gave it no memory: null was read.
  EditableModel::Set(model_.subgraph().inputs(), 0, pool_.inputs()->Get(0));
  ExpectFault("an operator reads a tensor that nothing wrote before");
}

TEST_F(HostileModel, OperatorWritesWeights) {
  // On the chip they lie in flash.
  const std::int32_t weights = dense_.inputs()->Get(1);
  EditableModel::Set(model_.subgraph().inputs(), 0, weights);
  ExpectFault("an input of the model is constant");
}

TEST_F(HostileModel, WritesATensorTwice) {
  EditableModel::Set(softmax_.outputs(), 0, softmax_.inputs()->Get(0));
  ExpectFault("a tensor is written twice");
}

TEST_F(HostileModel, ScaleOfZeroDivides) {
  EditableModel::Set(model_.Output(dense_).quantization()->scale(), 0, 0.0f);
  ExpectFault("an operator's scales are out of its range");
}

TEST_F(HostileModel, ScalesThatShiftTooFar) {
  EditableModel::Set(model_.Input(dense_, 1).quantization()->scale(), 0, 1e9f);
  ExpectFault("an operator's scales are out of its range");
}

TEST_F(HostileModel, SoftmaxWithTinyScale) {
  // TFLM aborted.
  const float beta = 1e-9f;
  const auto* options = softmax_.builtin_options_as_SoftmaxOptions();
  EditableModel::SetField<float>(options, tflite::SoftmaxOptions::VT_BETA, beta);
  ExpectFault("an operator's scales are out of its range");
  EditableModel::SetField<float>(options, tflite::SoftmaxOptions::VT_BETA, std::nanf(""));
  ExpectFault("an operator's scales are out of its range");
}

TEST_F(HostileModel, NoQuantization) {
  EditableModel::SetSize(model_.Output(conv_).quantization()->scale(), 0);
  ExpectFault("an operator's tensors are of types that don't go together");
}

TEST_F(HostileModel, ZeroPointBeyondInt8) {
  EditableModel::Set<std::int64_t>(model_.Output(dense_).quantization()->zero_point(), 0, 128);
  ExpectFault("a tensor's zero point is no int8");
}

TEST_F(HostileModel, BiasThatOverflowsTheSum) {
  const std::uint32_t buffer = model_.Input(dense_, 2).buffer();
  const auto* bias = model_.model().buffers()->Get(buffer)->data();
  for (const std::uint32_t i : {0u, 1u, 2u}) EditableModel::Set<std::uint8_t>(bias, i, 0xff);
  EditableModel::Set<std::uint8_t>(bias, 3, 0x7f);
  ExpectFault("an operator's sums overflow");
}

TEST_F(HostileModel, OperatorVersionThatIsNotThere) {
  // TFLM 2020 gives up at it, and its destructor followed what lay in the arena as pointers.
  const auto* code = model_.model().operator_codes()->Get(conv_.opcode_index());
  EditableModel::SetField<std::int32_t>(code, tflite::OperatorCode::VT_VERSION, 99);
  ASSERT_EQ(FindModelFault(model_.data(), kMnistModelSize), nullptr);
  alignas(ModelRunner) static std::uint8_t memory[sizeof(ModelRunner)];
  std::memset(memory, 0xa5, sizeof(memory));
  ModelRunner* runner = new (memory) ModelRunner;
  // Today's TFLM doesn't look at versions, and gets as far as the sound model does: to the inputs.
  EXPECT_THAT(Create(*runner, model_.data()),
              AnyOf(Status::kArenaTooSmall, Status::kUnexpectedTensor));
  EXPECT_EQ(Create(*runner, kMnistModel), Status::kUnexpectedTensor);
  runner->~ModelRunner();
}

TEST_F(HostileModel, OperatorThatIsNotVerified) {
  const auto* code = model_.model().operator_codes()->Get(softmax_.opcode_index());
  // An old file has it in the first field only; TFLM takes the greater.
  for (const flatbuffers::voffset_t field : {4, 10}) {
    auto* raw = EditableModel::Edit(reinterpret_cast<const flatbuffers::Table*>(code));
    if (std::uint8_t* address = raw->GetAddressOf(field)) *address = tflite::BuiltinOperator_TANH;
  }
  EXPECT_THAT(FindModelFault(model_.data(), kMnistModelSize),
              StrEq("an operator is of a kind that can't be verified"));
  // The wider scope leaves it to the resolver, which has no such operator.
  EXPECT_EQ(FindModelFault(model_.data(), kMnistModelSize, Scope::kAllOperators), nullptr);
  ModelRunner runner;
  EXPECT_EQ(Create(runner, model_.data()), Status::kArenaTooSmall);
}

}  // namespace
}  // namespace tflm_model
