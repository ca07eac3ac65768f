// SPDX-License-Identifier: Apache-2.0

#ifndef MNIST_MICRO_INFERENCE_GENERATED_INPUT_H_
#define MNIST_MICRO_INFERENCE_GENERATED_INPUT_H_

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "mnist_micro/inference/type_code.h"

// Inputs that models can be given, always the same ones. Target-safe: no heap, no files, no exceptions.

namespace mnist_micro::inference {

// Integers of 32 and 64 bits are indices, sizes, divisors and the like.
bool IsWideInteger(int type_code);

// Fills an input with the numbers of one seed: floats from -1 to 1, bools, bytes; wide integers are all `integer`. 0
// is the number that is most often allowed, but not for a divisor. type_code: as TypeCode().
void FillWithGenerated(int type_code, void* data, std::size_t bytes, std::uint32_t seed,
                       std::uint8_t integer = 0);

template <typename ModelClass, std::size_t... kInputs>
void FillInputsWithGenerated(ModelClass& model, std::uint8_t integer,
                             std::index_sequence<kInputs...>) {
  (FillWithGenerated(TypeCode<typename ModelClass::template Input<kInputs>::Type>(),
                     model.template input<kInputs>().data(),
                     model.template input<kInputs>().size() *
                         sizeof(typename ModelClass::template Input<kInputs>::Type),
                     static_cast<std::uint32_t>(kInputs + 1), integer),
   ...);
}

// Fills all inputs of a model's class. model: created.
template <typename ModelClass>
void FillInputsWithGenerated(ModelClass& model, std::uint8_t integer) {
  FillInputsWithGenerated(model, integer, std::make_index_sequence<ModelClass::kNumInputs>());
}

}  // namespace mnist_micro::inference

#endif  // MNIST_MICRO_INFERENCE_GENERATED_INPUT_H_
