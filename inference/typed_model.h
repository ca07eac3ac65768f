// SPDX-License-Identifier: Apache-2.0

#ifndef MNIST_MICRO_INFERENCE_TYPED_MODEL_H_
#define MNIST_MICRO_INFERENCE_TYPED_MODEL_H_

#include <cstddef>
#include <tuple>

#include "mnist_micro/inference/status.h"
#include "mnist_micro/inference/tensor.h"

namespace mnist_micro::inference {

// The part of a generated class that all engines share: typed access to inputs and outputs. Target-safe:
// no heap, no exceptions, no header of an engine.
//
// Engine: the class that derives from this one, as `class Model : public TypedModel<Model, Tensors>`. It
// has `void* input_data(std::size_t i)` and `const void* output_data(std::size_t i) const`, which give
// nullptr before a successful Create(), and of its own Create(), Reset() and Invoke(), each a Status.
// Tensors: a struct with Inputs and Outputs, each a TensorList of what the build generates.
template <typename Engine, typename Tensors>
class TypedModel {
 public:
  using Status = inference::Status;
  template <std::size_t kIndex>
  using Input = std::tuple_element_t<kIndex, typename Tensors::Inputs>;
  template <std::size_t kIndex>
  using Output = std::tuple_element_t<kIndex, typename Tensors::Outputs>;

  static constexpr std::size_t kNumInputs = std::tuple_size_v<typename Tensors::Inputs>;
  static constexpr std::size_t kNumOutputs = std::tuple_size_v<typename Tensors::Outputs>;

  // Empty views before a successful Create().
  template <std::size_t kIndex = 0>
  TensorView<Input<kIndex>, typename Input<kIndex>::Type> input() {
    using Tensor = Input<kIndex>;
    return TensorView<Tensor, typename Tensor::Type>(
        static_cast<typename Tensor::Type*>(static_cast<Engine*>(this)->input_data(kIndex)));
  }
  template <std::size_t kIndex = 0>
  TensorView<Output<kIndex>, const typename Output<kIndex>::Type> output() const {
    using Tensor = Output<kIndex>;
    return TensorView<Tensor, const typename Tensor::Type>(
        static_cast<const typename Tensor::Type*>(
            static_cast<const Engine*>(this)->output_data(kIndex)));
  }

  // Writes an input from the numbers that it stands for: all of its elements.
  template <std::size_t kIndex = 0>
  Status QuantizeInput(const float* values, std::size_t count) {
    const auto view = input<kIndex>();
    if (view.empty()) return Status::kNotCreated;
    if (count != view.size()) return Status::kWrongSize;
    for (std::size_t i = 0; i < count; ++i) view.Set(i, values[i]);
    return Status::kOk;
  }

  // Reads an output as the numbers that it stands for: all of its elements.
  template <std::size_t kIndex = 0>
  Status DequantizeOutput(float* values, std::size_t count) const {
    const auto view = output<kIndex>();
    if (view.empty()) return Status::kNotCreated;
    if (count != view.size()) return Status::kWrongSize;
    for (std::size_t i = 0; i < count; ++i) values[i] = view.Get(i);
    return Status::kOk;
  }

  // The index of an output's highest element, of equal ones the first; 0 before a successful Create().
  template <std::size_t kIndex = 0>
  std::size_t ArgMax() const {
    const auto view = output<kIndex>();
    return inference::ArgMax(view.data(), view.size());
  }

 protected:
  TypedModel() = default;
  ~TypedModel() = default;
};

}  // namespace mnist_micro::inference

#endif  // MNIST_MICRO_INFERENCE_TYPED_MODEL_H_
