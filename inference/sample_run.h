// SPDX-License-Identifier: Apache-2.0

#ifndef MNIST_MICRO_INFERENCE_SAMPLE_RUN_H_
#define MNIST_MICRO_INFERENCE_SAMPLE_RUN_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

#include "mnist_micro/inference/printing.h"
#include "mnist_micro/inference/status.h"
#include "mnist_micro/inference/tensor.h"

// Runs generated samples through a model's class and prints all outputs, so that two machines can be compared.
// Target-safe: no heap, no files, no exceptions.

namespace mnist_micro::inference {

// Numbers that are the same everywhere: George Marsaglia, "Xorshift RNGs", 2003.
class SampleNumbers {
 public:
  explicit SampleNumbers(std::uint32_t seed) : state_(seed * 2654435761u + 1) {}

  std::uint32_t Next() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 17;
    state_ ^= state_ << 5;
    return state_;
  }

 private:
  std::uint32_t state_;
};

// Fills an input: floats from -1 to 1, bools, bytes and 16 bits of any value; wider integers, which are indices,
// sizes and the like, are all `integer`.
template <typename Tensor>
void FillWithSample(TensorView<Tensor, typename Tensor::Type> input, SampleNumbers& numbers,
                    std::uint8_t integer) {
  using Type = typename Tensor::Type;
  for (std::size_t i = 0; i < input.size(); ++i) {
    const std::uint32_t number = numbers.Next() >> 8;
    if constexpr (std::is_same_v<Type, bool>) {
      input[i] = number % 2 != 0;
    } else if constexpr (std::is_floating_point_v<Type>) {
      // 16 bits, exact in a float.
      input[i] = static_cast<Type>(static_cast<float>(number % 65536) / 32768.0f - 1.0f);
    } else if constexpr (std::is_integral_v<Type>) {
      input[i] = static_cast<Type>(sizeof(Type) > 2 ? integer : number);
    } else {
      static_assert(sizeof(Type) == 0, "no samples of this type");
    }
  }
}

// Prints an output in one line. A float is printed as its 32 bits, so that nothing is lost.
template <typename Tensor>
void PrintOutput(PrintFunction print, std::size_t index,
                 TensorView<Tensor, const typename Tensor::Type> output) {
  using Type = typename Tensor::Type;
  Print(print, "output ", index, ":");
  for (std::size_t i = 0; i < output.size(); ++i) {
    if constexpr (std::is_same_v<Type, float>) {
      std::uint32_t bits;
      const float value = output[i];
      std::memcpy(&bits, &value, sizeof(bits));
      Print(print, " float:", bits);
    } else if constexpr (std::is_same_v<Type, bool>) {
      Print(print, output[i] ? " 1" : " 0");
    } else {
      Print(print, " ", output[i]);
    }
  }
  Print(print, "\n");
}

template <typename ModelClass, std::size_t... kInputs, std::size_t... kOutputs>
Status RunSamples(PrintFunction print, ModelClass& model, std::uint32_t samples,
                  std::uint8_t integer, std::index_sequence<kInputs...>,
                  std::index_sequence<kOutputs...>) {
  Status status = model.Create();
  for (std::uint32_t sample = 0; status == Status::kOk && sample < samples; ++sample) {
    SampleNumbers numbers(sample);
    Print(print, "sample ", sample, "\n");
    (FillWithSample(model.template input<kInputs>(), numbers, integer), ...);
    status = model.Invoke();
    if (status == Status::kOk) {
      (PrintOutput(print, kOutputs, model.template output<kOutputs>()), ...);
    }
  }
  return status;
}

// Creates a model, runs samples 0 to samples - 1 in turn, and prints each with its outputs. Variables of the
// model keep their values from one to the next. Returns the first status that isn't kOk.
template <typename ModelClass>
Status RunSamples(PrintFunction print, ModelClass& model, std::uint32_t samples,
                  std::uint8_t integer) {
  return RunSamples(print, model, samples, integer,
                    std::make_index_sequence<ModelClass::kNumInputs>(),
                    std::make_index_sequence<ModelClass::kNumOutputs>());
}

}  // namespace mnist_micro::inference

#endif  // MNIST_MICRO_INFERENCE_SAMPLE_RUN_H_
