// The generated classes of two models: two models and two instances of one in one program, every
// status, and no heap.

#include "tflm_model/model.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <type_traits>
#include <vector>

#include "gtest/gtest.h"
#include "micro/mnist_float_model.h"
#include "micro/mnist_model.h"
#include "micro/mnist_model_data.h"
#include "micro/sample_image_data.h"

namespace {

// Counts what is allocated, by whomever.
std::size_t allocations = 0;

}  // namespace

void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  std::abort();
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return ::operator new(size);
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace tflm_model {
namespace {

using mnist_micro::MnistFloatModel;
using mnist_micro::MnistModel;
using Pixels = std::vector<float>;

Pixels SampleImage() {
  Pixels values(mnist_micro::kSampleImage,
                mnist_micro::kSampleImage + mnist_micro::kSampleImageSize);
  for (float& value : values) value /= 255.0f;
  return values;
}

template <typename ModelClass>
std::vector<float> Classify(ModelClass& model, const Pixels& pixels) {
  std::vector<float> scores(10);
  EXPECT_EQ(model.QuantizeInput(pixels.data(), pixels.size()), Status::kOk);
  EXPECT_EQ(model.Invoke(), Status::kOk);
  EXPECT_EQ(model.DequantizeOutput(scores.data(), scores.size()), Status::kOk);
  return scores;
}

TEST(Model, KnowsItsTensorsAtCompileTime) {
  static_assert(MnistModel::kNumInputs == 1 && MnistModel::kNumOutputs == 1);
  static_assert(std::is_same_v<MnistModel::Input<0>::Type, std::int8_t>);
  static_assert(std::is_same_v<MnistFloatModel::Input<0>::Type, float>);
  static_assert(MnistModel::Input<0>::kSize == 784 && MnistModel::Output<0>::kSize == 10);
  static_assert(MnistModel::Input<0>::kZeroPoint == -128);
  static_assert(
      std::is_const_v<std::remove_reference_t<decltype(std::declval<MnistModel>().output()[0])>>);
  static_assert(MnistModel::kArenaSize % 16 == 0);
}

TEST(Model, TwoModelsAndTwoInstancesDoNotDisturbOneAnother) {
  static MnistModel one;
  static MnistModel two;
  static MnistFloatModel three;
  ASSERT_EQ(one.Create(), Status::kOk);
  ASSERT_EQ(two.Create(), Status::kOk);
  ASSERT_EQ(three.Create(), Status::kOk);
  const Pixels image = SampleImage();
  Pixels other = image;
  for (float& value : other) value = 1.0f - value;
  const std::vector<float> expected = Classify(one, image);
  const std::vector<float> expected_other = Classify(two, other);
  EXPECT_EQ(one.ArgMax(), 1u);
  EXPECT_NE(expected, expected_other);
  const std::vector<float> expected_float = Classify(three, image);
  EXPECT_EQ(three.ArgMax(), 1u);
  EXPECT_NEAR(expected_float[1], expected[1], 0.05f);
  // What the others did is not to be seen.
  EXPECT_EQ(one.output().Get(1), expected[1]);
  EXPECT_EQ(Classify(two, image), expected);
  EXPECT_EQ(Classify(one, other), expected_other);
  EXPECT_EQ(Classify(three, image), expected_float);
}

TEST(Model, RefusesToRunBeforeCreate) {
  static MnistModel model;
  std::vector<float> values(784);
  EXPECT_EQ(model.Invoke(), Status::kNotCreated);
  EXPECT_EQ(model.QuantizeInput(values.data(), 784), Status::kNotCreated);
  EXPECT_EQ(model.DequantizeOutput(values.data(), 10), Status::kNotCreated);
  EXPECT_TRUE(model.input().empty());
  EXPECT_TRUE(model.output().empty());
  EXPECT_EQ(model.ArgMax(), 0u);
  EXPECT_EQ(model.arena_used_bytes(), 0u);
}

TEST(Model, RefusesOtherSizes) {
  static MnistModel model;
  ASSERT_EQ(model.Create(), Status::kOk);
  std::vector<float> values(785);
  EXPECT_EQ(model.QuantizeInput(values.data(), 783), Status::kWrongSize);
  EXPECT_EQ(model.QuantizeInput(values.data(), 785), Status::kWrongSize);
  EXPECT_EQ(model.DequantizeOutput(values.data(), 11), Status::kWrongSize);
}

TEST(Model, SixteenBytesLessFailCleanlyAndRecover) {
  struct Tested : MnistModel {
    using MnistModel::CreateWithin;
  };
  static Tested model;
  ASSERT_EQ(model.Create(), Status::kOk);
  EXPECT_EQ(model.CreateWithin(MnistModel::kArenaSize - 16), Status::kArenaTooSmall);
  EXPECT_EQ(model.Invoke(), Status::kNotCreated);
  ASSERT_EQ(model.Create(), Status::kOk);
  EXPECT_LE(model.arena_used_bytes(), MnistModel::kArenaSize);
  Classify(model, SampleImage());
  EXPECT_EQ(model.ArgMax(), 1u);
}

TEST(Model, UsesNoHeap) {
  static MnistModel model;
  const Pixels image = SampleImage();
  float scores[10];
  const std::size_t before = allocations;
  const Status created = model.Create();
  const Status given = model.QuantizeInput(image.data(), image.size());
  const Status invoked = model.Invoke();
  const Status taken = model.DequantizeOutput(scores, 10);
  const std::size_t after = allocations;
  EXPECT_EQ(created, Status::kOk);
  EXPECT_EQ(given, Status::kOk);
  EXPECT_EQ(invoked, Status::kOk);
  EXPECT_EQ(taken, Status::kOk);
  EXPECT_GT(before, 0u);
  EXPECT_EQ(after, before);
}

// Traits that are wrong on purpose, on the real model.
struct WrongInput : mnist_micro::MnistModelTraits {
  struct Input0 : mnist_micro::MnistModelTraits::Input0 {
    static constexpr std::int32_t kZeroPoint = -127;
  };
  using Inputs = TensorList<Input0>;
};
struct MissingOutput : mnist_micro::MnistModelTraits {
  using Outputs = TensorList<Output0, Output0>;
};
// As if a bit of the flash had changed.
struct Damaged : mnist_micro::MnistModelTraits {
  static constexpr std::uint32_t kModelCrc32 = mnist_micro::MnistModelTraits::kModelCrc32 ^ 4;
};
struct DamagedUnseen : Damaged {
  static constexpr bool kVerify = false;
};
struct NoOperators : mnist_micro::MnistModelTraits {
  static TfLiteStatus RegisterOps(OpResolver&) { return kTfLiteError; }
};

template <typename Traits>
Status StatusOf() {
  static Model<Traits> model;
  const Status status = model.Create();
  EXPECT_EQ(model.Invoke(), Status::kNotCreated);
  return status;
}

TEST(Model, ReadsTheModelForItsChecksumOnlyIfAsked) {
  static Model<DamagedUnseen> model;
  EXPECT_EQ(model.Create(), Status::kOk);
}

TEST(Crc32, IsThatOfZlib) {
  const std::uint8_t check[] = {'1', '2', '3', '4', '5', '6', '7', '8', '9'};
  EXPECT_EQ(Crc32(check, 9), 0xcbf43926u);
  EXPECT_EQ(Crc32(check, 0), 0u);
  EXPECT_EQ(Crc32(mnist_micro::kMnistModel, mnist_micro::kMnistModelSize),
            mnist_micro::MnistModelTraits::kModelCrc32);
  // Every single bit counts.
  std::vector<std::uint8_t> model(mnist_micro::kMnistModel, mnist_micro::kMnistModel + 1000);
  const std::uint32_t sound = Crc32(model.data(), model.size());
  for (std::size_t bit = 0; bit < 8 * model.size(); ++bit) {
    model[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
    EXPECT_NE(Crc32(model.data(), model.size()), sound) << bit;
    model[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
  }
}

TEST(Model, ResetGivesTheSameOutputsAgain) {
  static MnistModel model;
  EXPECT_EQ(model.Reset(), Status::kNotCreated);
  ASSERT_EQ(model.Create(), Status::kOk);
  const std::vector<float> expected = Classify(model, SampleImage());
  ASSERT_EQ(model.Reset(), Status::kOk);
  EXPECT_EQ(Classify(model, SampleImage()), expected);
}

TEST(Model, NamesWhatIsWrong) {
  EXPECT_EQ(StatusOf<WrongInput>(), Status::kUnexpectedTensor);
  EXPECT_EQ(StatusOf<MissingOutput>(), Status::kUnexpectedTensor);
  EXPECT_EQ(StatusOf<Damaged>(), Status::kDamagedModel);
  EXPECT_EQ(StatusOf<NoOperators>(), Status::kNoSuchOperator);
  EXPECT_STREQ(StatusMessage(Status::kWrongSize), "the tensor has another number of elements");
}

}  // namespace
}  // namespace tflm_model
