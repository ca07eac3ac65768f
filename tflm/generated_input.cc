// SPDX-License-Identifier: Apache-2.0

#include "mnist_micro/tflm/generated_input.h"

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "tensorflow/lite/c/common.h"

namespace mnist_micro::tflm {

bool IsWideInteger(TfLiteType type) { return type == kTfLiteInt32 || type == kTfLiteInt64; }

void FillWithGenerated(TfLiteTensor& tensor, std::uint32_t seed, std::uint8_t integer) {
  std::uint32_t state = seed;
  const auto next = [&state] {
    state = state * 1664525u + 1013904223u;
    return state >> 8;
  };
  auto* bytes = reinterpret_cast<std::uint8_t*>(tensor.data.raw);
  switch (tensor.type) {
    case kTfLiteFloat32:
    case kTfLiteComplex64:
      for (std::size_t i = 0; i < tensor.bytes / sizeof(float); ++i) {
        const float value = static_cast<float>(next()) / 8388608.0f - 1.0f;
        std::memcpy(bytes + i * sizeof(float), &value, sizeof(float));
      }
      break;
    case kTfLiteInt8:
    case kTfLiteUInt8:
    case kTfLiteInt16:
    case kTfLiteBool: {
      const std::uint32_t mask = tensor.type == kTfLiteBool ? 1 : 0xff;
      for (std::size_t i = 0; i < tensor.bytes; ++i) {
        bytes[i] = static_cast<std::uint8_t>(next() & mask);
      }
      break;
    }
    default:
      std::memset(bytes, 0, tensor.bytes);
      if (IsWideInteger(tensor.type)) {
        const std::size_t width = tensor.type == kTfLiteInt32 ? 4 : 8;
        // Little-endian, as the model is.
        for (std::size_t i = 0; i < tensor.bytes; i += width) bytes[i] = integer;
      }
  }
}

}  // namespace mnist_micro::tflm
