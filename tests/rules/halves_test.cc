// SPDX-License-Identifier: Apache-2.0

// Two inputs, two outputs; the same model three times in one program, each in another namespace.

#include "tests/rules/halves.h"

#include "gtest/gtest.h"
#include "tests/rules/folder/third.halves.h"
#include "tests/rules/other-halves.h"

namespace inference = mnist_micro::inference;

namespace {

using inference::Status;

template <typename ModelClass>
void ExpectHalves(ModelClass& model) {
  ASSERT_EQ(model.Create(), Status::kOk);
  const float left[] = {1, 2, 3, 4, 5, 6};
  const float right[] = {10, 20, 30, 40, 50, 60};
  ASSERT_EQ(model.template QuantizeInput<0>(left, 6), Status::kOk);
  ASSERT_EQ(model.template QuantizeInput<1>(right, 6), Status::kOk);
  ASSERT_EQ(model.Invoke(), Status::kOk);
  float half[3];
  ASSERT_EQ(model.template DequantizeOutput<0>(half, 3), Status::kOk);
  EXPECT_EQ(half[0], 11);
  EXPECT_EQ(half[2], 33);
  ASSERT_EQ(model.template DequantizeOutput<1>(half, 3), Status::kOk);
  EXPECT_EQ(half[0], 44);
  EXPECT_EQ(half[2], 66);
  EXPECT_EQ(model.template ArgMax<1>(), 2u);
}

TEST(Halves, TwoInputsAndTwoOutputs) {
  static rules_test::deep::HalvesOfSum model;
  static_assert(decltype(model)::kNumInputs == 2 && decltype(model)::kNumOutputs == 2);
  ExpectHalves(model);
}

TEST(Halves, UnderAnotherName) {
  static rules_test::OtherHalves model;
  ExpectHalves(model);
}

TEST(Halves, InAFolderAndAnAwkwardNamespace) {
  static rules_test::tflite::mnist_micro::Third model;
  ExpectHalves(model);
}

}  // namespace
