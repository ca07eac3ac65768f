// SPDX-License-Identifier: Apache-2.0

#include "mnist_micro/inference/sample_run.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "gtest/gtest.h"
#include "mnist_micro/inference/status.h"
#include "mnist_micro/inference/tensor.h"
#include "mnist_micro/inference/typed_model.h"

namespace mnist_micro::inference {
namespace {

template <typename Element>
struct Tensor {
  using Type = Element;
  static constexpr std::size_t kSize = 40;
  static constexpr int kRank = 1;
  static constexpr std::int32_t kShape[] = {40};
  static constexpr float kScale = 0.0f;
  static constexpr std::int32_t kZeroPoint = 0;
};

struct Tensors {
  using Inputs = TensorList<Tensor<std::int8_t>, Tensor<float>, Tensor<bool>, Tensor<std::int64_t>>;
  using Outputs = Inputs;
};

// Outputs its inputs; fails at the third call if told to.
class Echo : public TypedModel<Echo, Tensors> {
 public:
  Status Create() { return Status::kOk; }
  Status Invoke() { return ++calls_ == 3 && fails ? Status::kInvokeFailed : Status::kOk; }

  bool fails = false;

 private:
  friend TypedModel<Echo, Tensors>;
  void* input_data(std::size_t i) { return data_[i]; }
  const void* output_data(std::size_t i) const { return data_[i]; }

  alignas(16) std::int64_t data_[4][40] = {};
  int calls_ = 0;
};

std::string printed;

std::string RunAndRead(Echo& model, std::uint32_t samples, Status expected = Status::kOk) {
  const auto print = [](const char* text) { printed += text; };
  EXPECT_EQ(RunSamples(print, model, samples, 7), expected);
  return std::exchange(printed, "");
}

TEST(RunSamples, PrintsEachOutputOfEachSample) {
  Echo model;
  const std::string text = RunAndRead(model, 2);
  EXPECT_EQ(text.rfind("sample 0\noutput 0: ", 0), 0u) << text;
  EXPECT_NE(text.find("\noutput 1: float:"), std::string::npos) << text;
  EXPECT_NE(text.find("\noutput 3: 7 7 7"), std::string::npos) << text;
  EXPECT_NE(text.find("\nsample 1\noutput 0: "), std::string::npos) << text;
  // The samples differ, and the numbers of one, too.
  EXPECT_NE(text.substr(9, 60), text.substr(text.find("sample 1") + 9, 60));
  for (std::size_t i = 0; i < 40; ++i) {
    EXPECT_GE(model.input<1>()[i], -1.0f);
    EXPECT_LE(model.input<1>()[i], 1.0f);
  }
  EXPECT_NE(model.input<0>()[0], model.input<0>()[1]);
  EXPECT_NE(model.input<1>()[0], model.input<1>()[1]);
  std::size_t trues = 0;
  for (std::size_t i = 0; i < 40; ++i) trues += model.input<2>()[i] ? 1 : 0;
  EXPECT_GT(trues, 0u);
  EXPECT_LT(trues, 40u);
}

TEST(RunSamples, GivesTheSameEachTime) {
  Echo model;
  Echo other;
  EXPECT_EQ(RunAndRead(model, 5), RunAndRead(other, 5));
}

TEST(RunSamples, StopsAtAFailure) {
  Echo model;
  model.fails = true;
  const std::string text = RunAndRead(model, 5, Status::kInvokeFailed);
  EXPECT_NE(text.find("sample 2\n"), std::string::npos) << text;
  EXPECT_EQ(text.find("sample 3\n"), std::string::npos) << text;
}

}  // namespace
}  // namespace mnist_micro::inference
