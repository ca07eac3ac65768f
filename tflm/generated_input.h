// SPDX-License-Identifier: Apache-2.0

#ifndef MNIST_MICRO_TFLM_GENERATED_INPUT_H_
#define MNIST_MICRO_TFLM_GENERATED_INPUT_H_

#include <cstdint>

#include "tensorflow/lite/c/common.h"

// Target-safe: no heap, no files, no exceptions.

namespace mnist_micro::tflm {

// Integers of 32 and 64 bits are indices, sizes, divisors and the like.
bool IsWideInteger(TfLiteType type);

// Fills an input: see inference/generated_input.h.
void FillWithGenerated(TfLiteTensor& tensor, std::uint32_t seed, std::uint8_t integer = 0);

}  // namespace mnist_micro::tflm

#endif  // MNIST_MICRO_TFLM_GENERATED_INPUT_H_
