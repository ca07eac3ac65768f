// What the two scopes take and refuse. Hostile models of known operators: hostile_model_test.cc.

#include "tflm_model/model_verifier.h"

#include <cstdint>
#include <cstring>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "micro/mnist_float_model_data.h"
#include "micro/mnist_model_data.h"
#include "tensorflow/lite/schema/schema_generated.h"
#include "tests/converted_models/branching_array.h"
#include "tests/rules/halves_data.h"

namespace tflm_model {
namespace {

using ::converted_models::kBranching;
using ::converted_models::kBranchingSize;
using ::mnist_micro::kMnistFloatModel;
using ::mnist_micro::kMnistFloatModelSize;
using ::mnist_micro::kMnistModel;
using ::mnist_micro::kMnistModelSize;
using ::rules_test::deep::kHalves;
using ::rules_test::deep::kHalvesSize;
using ::testing::StrEq;

const tflite::Operator& OperatorOf(const std::uint8_t* data, std::uint32_t i,
                                   std::uint32_t subgraph = 0) {
  return *tflite::GetModel(data)->subgraphs()->Get(subgraph)->operators()->Get(i);
}

// Changes an index in a copy of a model that a test owns.
void Change(const flatbuffers::Vector<std::int32_t>* indices, std::uint32_t i, std::int32_t value) {
  const_cast<flatbuffers::Vector<std::int32_t>*>(indices)->Mutate(i, value);
}

// A copy of the model of ADD and SPLIT that a test may damage.
struct alignas(16) Halves {
  std::uint8_t data[kHalvesSize];
  Halves() { std::memcpy(data, kHalves, kHalvesSize); }
  const tflite::Operator& op(std::uint32_t i) const { return OperatorOf(data, i); }
  const char* fault() const { return FindModelFault(data, kHalvesSize, Scope::kAllOperators); }
};

// A copy of the model of IF, MEAN and GREATER, with a subgraph for each branch, 1 and 2.
struct alignas(16) Branching {
  std::uint8_t data[kBranchingSize];
  Branching() { std::memcpy(data, kBranching, kBranchingSize); }
  // The subgraph that IF runs where its condition holds, 2.
  void SetThen(std::int32_t subgraph) {
    const tflite::IfOptions* options = OperatorOf(data, 2).builtin_options_as_IfOptions();
    ASSERT_NE(options, nullptr);
    auto* table = reinterpret_cast<flatbuffers::Table*>(const_cast<tflite::IfOptions*>(options));
    ASSERT_TRUE(table->SetField(tflite::IfOptions::VT_THEN_SUBGRAPH_INDEX, subgraph, 0));
  }
  const char* fault() const { return FindModelFault(data, kBranchingSize, Scope::kAllOperators); }
};

TEST(Scope, KnownOperatorsAreSoundInBoth) {
  for (const Scope scope : {Scope::kKnownOperators, Scope::kAllOperators}) {
    EXPECT_EQ(FindModelFault(kMnistModel, kMnistModelSize, scope), nullptr);
    EXPECT_EQ(FindModelFault(kMnistFloatModel, kMnistFloatModelSize, scope), nullptr);
  }
}

TEST(Scope, OthersOnlyInTheWiderOne) {
  EXPECT_EQ(FindModelFault(kHalves, kHalvesSize, Scope::kAllOperators), nullptr);
  EXPECT_THAT(FindModelFault(kHalves, kHalvesSize),
              StrEq("an operator is of a kind that can't be verified"));
}

TEST(AllOperators, EveryTruncationIsRefused) {
  for (std::size_t size = 0; size + 4 < kHalvesSize; ++size) {
    EXPECT_NE(FindModelFault(kHalves, size, Scope::kAllOperators), nullptr) << size;
  }
}

TEST(AllOperators, AnIndexOutOfRangeIsRefused) {
  Halves halves;
  Change(halves.op(0).inputs(), 1, 99);
  EXPECT_THAT(halves.fault(), StrEq("an operator refers to a tensor that is not there"));
}

TEST(AllOperators, ASecondOutputThatIsWrittenTwiceIsRefused) {
  Halves halves;
  Change(halves.op(1).outputs(), 1, 2);  // The sum, which ADD has written.
  EXPECT_THAT(halves.fault(), StrEq("a tensor is written twice"));
}

TEST(AllOperators, ReadingWhatIsWrittenLaterIsRefused) {
  Halves halves;
  Change(halves.op(0).inputs(), 1, 5);  // The second half.
  EXPECT_THAT(halves.fault(), StrEq("an operator reads a tensor that nothing wrote before"));
}

// A copy of MNIST's model that a test may damage.
struct alignas(16) Mnist {
  std::uint8_t data[kMnistModelSize];
  Mnist() { std::memcpy(data, kMnistModel, kMnistModelSize); }
  const tflite::Operator& op(std::uint32_t i) const { return OperatorOf(data, i); }
  const char* fault(Scope scope) const { return FindModelFault(data, kMnistModelSize, scope); }
};

TEST(AllOperators, ABiasMayBeLeftOut) {
  // Converters do so where the layer has none, or zeros alone.
  for (const std::uint32_t i : {0u, 3u}) {  // CONV_2D and FULLY_CONNECTED.
    Mnist mnist;
    Change(mnist.op(i).inputs(), 2, -1);
    EXPECT_EQ(mnist.fault(Scope::kAllOperators), nullptr) << i;
    EXPECT_THAT(mnist.fault(Scope::kKnownOperators),
                StrEq("an operator refers to a tensor that is not there"));
  }
}

TEST(AllOperators, NoOtherInputMayBeLeftOut) {
  Halves halves;
  Change(halves.op(0).inputs(), 1, -1);
  EXPECT_THAT(halves.fault(), StrEq("an operator lacks an input that its kernel needs"));
  for (const std::uint32_t input : {0u, 1u}) {
    Mnist mnist;
    Change(mnist.op(3).inputs(), input, -1);
    EXPECT_THAT(mnist.fault(Scope::kAllOperators),
                StrEq("an operator lacks an input that its kernel needs"));
  }
  Mnist mnist;
  Change(mnist.op(3).inputs(), 2, -2);
  EXPECT_THAT(mnist.fault(Scope::kAllOperators),
              StrEq("an operator refers to a tensor that is not there"));
}

TEST(AllOperators, KnownOperatorsAreStillChecked) {
  alignas(16) static std::uint8_t data[kMnistModelSize];
  std::memcpy(data, kMnistModel, kMnistModelSize);
  const tflite::Operator& conv = OperatorOf(data, 0);
  Change(conv.inputs(), 1, conv.inputs()->Get(2));  // The bias as weights.
  EXPECT_NE(FindModelFault(data, kMnistModelSize, Scope::kAllOperators), nullptr);
}

TEST(Subgraphs, SeveralOnlyInTheWiderScope) {
  EXPECT_EQ(FindModelFault(kBranching, kBranchingSize, Scope::kAllOperators), nullptr);
  EXPECT_THAT(FindModelFault(kBranching, kBranchingSize), StrEq("it has too many subgraphs"));
}

TEST(Subgraphs, EachIsChecked) {
  Branching branching;
  Change(OperatorOf(branching.data, 0, 2).inputs(), 0, 99);
  EXPECT_THAT(branching.fault(), StrEq("an operator refers to a tensor that is not there"));
}

TEST(Subgraphs, EveryTruncationIsRefused) {
  for (std::size_t size = 0; size + 4 < kBranchingSize; ++size) {
    EXPECT_NE(FindModelFault(kBranching, size, Scope::kAllOperators), nullptr) << size;
  }
}

TEST(Subgraphs, OnesThatAreNotThereAreRefused) {
  for (const std::int32_t subgraph : {-1, 3}) {
    Branching branching;
    branching.SetThen(subgraph);
    EXPECT_THAT(branching.fault(), StrEq("an operator runs a subgraph that is not there"));
  }
}

TEST(Subgraphs, BothBranchesMayBeOne) {
  Branching branching;
  branching.SetThen(1);
  EXPECT_EQ(branching.fault(), nullptr);
}

TEST(Subgraphs, OneThatRunsItselfIsRefused) {
  Branching branching;
  branching.SetThen(0);
  EXPECT_THAT(branching.fault(), StrEq("a subgraph runs itself"));
}

}  // namespace
}  // namespace tflm_model
