// SPDX-License-Identifier: Apache-2.0

#include "mnist_micro/tflm/generated_input.h"

#include <cstdint>

#include "mnist_micro/inference/generated_input.h"
#include "tensorflow/lite/c/common.h"

namespace mnist_micro::tflm {

bool IsWideInteger(TfLiteType type) { return inference::IsWideInteger(type); }

void FillWithGenerated(TfLiteTensor& tensor, std::uint32_t seed, std::uint8_t integer) {
  inference::FillWithGenerated(tensor.type, tensor.data.raw, tensor.bytes, seed, integer);
}

}  // namespace mnist_micro::tflm
