// SPDX-License-Identifier: Apache-2.0

#ifndef TESTS_RULES_OTHER_ENGINE_H_
#define TESTS_RULES_OTHER_ENGINE_H_

#include <cstddef>
#include <cstdint>

#include "mnist_micro/inference/status.h"
#include "mnist_micro/inference/tensor.h"
#include "mnist_micro/inference/typed_model.h"

// The model of build_model.py, run by an engine that is written by hand for it: what the rules' tests ask
// of a class, they ask of any engine's.

namespace rules_test {

struct HalvesTensors {
  struct Six {
    using Type = float;
    static constexpr std::size_t kSize = 6;
    static constexpr int kRank = 2;
    static constexpr std::int32_t kShape[] = {1, 6};
    static constexpr float kScale = 0.0f;
    static constexpr std::int32_t kZeroPoint = 0;
  };
  struct Three : Six {
    static constexpr std::size_t kSize = 3;
    static constexpr std::int32_t kShape[] = {1, 3};
  };
  using Inputs = mnist_micro::inference::TensorList<Six, Six>;
  using Outputs = mnist_micro::inference::TensorList<Three, Three>;
};

class HalvesByHand : public mnist_micro::inference::TypedModel<HalvesByHand, HalvesTensors> {
 public:
  Status Create() {
    created_ = true;
    return Status::kOk;
  }
  Status Reset() { return created_ ? Status::kOk : Status::kNotCreated; }
  Status Invoke() {
    if (!created_) return Status::kNotCreated;
    for (std::size_t i = 0; i < 6; ++i) sums_[i / 3][i % 3] = inputs_[0][i] + inputs_[1][i];
    return Status::kOk;
  }

 private:
  friend mnist_micro::inference::TypedModel<HalvesByHand, HalvesTensors>;
  void* input_data(std::size_t i) { return created_ ? inputs_[i] : nullptr; }
  const void* output_data(std::size_t i) const { return created_ ? sums_[i] : nullptr; }

  bool created_ = false;
  float inputs_[2][6];
  float sums_[2][3];
};

}  // namespace rules_test

#endif  // TESTS_RULES_OTHER_ENGINE_H_
