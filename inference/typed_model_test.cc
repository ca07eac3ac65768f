// SPDX-License-Identifier: Apache-2.0

// The interface without an engine behind it: this test is not linked with one.

#include "mnist_micro/inference/typed_model.h"

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "gtest/gtest.h"
#include "mnist_micro/inference/status.h"
#include "mnist_micro/inference/tensor.h"

namespace mnist_micro::inference {
namespace {

struct Tensors {
  struct Input0 {
    using Type = std::int8_t;
    static constexpr std::size_t kSize = 3;
    static constexpr int kRank = 2;
    static constexpr std::int32_t kShape[] = {1, 3};
    static constexpr float kScale = 0.5f;
    static constexpr std::int32_t kZeroPoint = -1;
  };
  struct Output0 : Input0 {
    using Type = float;
    static constexpr float kScale = 0.0f;
  };
  struct Output1 : Input0 {
    using Type = std::int64_t;
    static constexpr float kScale = 0.0f;
  };
  using Inputs = TensorList<Input0>;
  using Outputs = TensorList<Output0, Output1>;
};

// Doubles what it is given.
class Doubler : public TypedModel<Doubler, Tensors> {
 public:
  Status Create() {
    created_ = true;
    return Status::kOk;
  }
  Status Invoke() {
    if (!created_) return Status::kNotCreated;
    for (std::size_t i = 0; i < 3; ++i) {
      doubled_[i] = 2 * input().Get(i);
      raw_[i] = 2 * input()[i];
    }
    return Status::kOk;
  }

 private:
  friend TypedModel<Doubler, Tensors>;
  void* input_data(std::size_t) { return created_ ? input_ : nullptr; }
  const void* output_data(std::size_t i) const {
    if (!created_) return nullptr;
    return i == 0 ? static_cast<const void*>(doubled_) : raw_;
  }

  bool created_ = false;
  std::int8_t input_[3];
  float doubled_[3];
  std::int64_t raw_[3];
};

TEST(TypedModel, KnowsItsTensorsAtCompileTime) {
  static_assert(Doubler::kNumInputs == 1 && Doubler::kNumOutputs == 2);
  static_assert(std::is_same_v<Doubler::Input<0>::Type, std::int8_t>);
  static_assert(std::is_same_v<Doubler::Output<1>::Type, std::int64_t>);
  static_assert(
      std::is_const_v<std::remove_reference_t<decltype(std::declval<Doubler>().output<1>()[0])>>);
}

TEST(TypedModel, GivesNothingBeforeCreate) {
  Doubler model;
  float values[3] = {};
  EXPECT_TRUE(model.input().empty());
  EXPECT_TRUE(model.output<1>().empty());
  EXPECT_EQ(model.QuantizeInput(values, 3), Status::kNotCreated);
  EXPECT_EQ(model.DequantizeOutput(values, 3), Status::kNotCreated);
  EXPECT_EQ(model.ArgMax(), 0u);
}

TEST(TypedModel, QuantizesInputsAndReadsOutputs) {
  Doubler model;
  ASSERT_EQ(model.Create(), Status::kOk);
  const float given[] = {1.0f, -7.26f, 1000.0f};
  ASSERT_EQ(model.QuantizeInput(given, 3), Status::kOk);
  ASSERT_EQ(model.Invoke(), Status::kOk);
  float taken[3];
  ASSERT_EQ(model.DequantizeOutput(taken, 3), Status::kOk);
  EXPECT_EQ(taken[0], 2.0f);
  EXPECT_EQ(taken[1], -15.0f);  // Nearest to -7.26 is -7.5.
  EXPECT_EQ(taken[2], 128.0f);  // The highest int8 is 64.
  EXPECT_EQ(model.ArgMax(), 2u);
  EXPECT_EQ(model.output<1>()[0], 2);
  EXPECT_EQ(model.ArgMax<1>(), 2u);
}

TEST(TypedModel, RefusesOtherSizes) {
  Doubler model;
  ASSERT_EQ(model.Create(), Status::kOk);
  float values[4] = {};
  EXPECT_EQ(model.QuantizeInput(values, 2), Status::kWrongSize);
  EXPECT_EQ(model.QuantizeInput(values, 4), Status::kWrongSize);
  EXPECT_EQ(model.DequantizeOutput(values, 4), Status::kWrongSize);
}

TEST(Status, EachHasAMessage) {
  EXPECT_STREQ(StatusMessage(Status::kOk), "ok");
  EXPECT_STREQ(StatusMessage(Status::kWrongSize), "the tensor has another number of elements");
  for (int i = 0; i <= static_cast<int>(Status::kPrepareFailed); ++i) {
    EXPECT_STRNE(StatusMessage(static_cast<Status>(i)), "unknown status") << i;
  }
  EXPECT_STREQ(StatusMessage(static_cast<Status>(99)), "unknown status");
}

}  // namespace
}  // namespace mnist_micro::inference
