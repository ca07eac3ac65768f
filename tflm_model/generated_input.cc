#include "tflm_model/generated_input.h"

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "tensorflow/lite/c/common.h"

namespace tflm_model {

void FillWithGenerated(TfLiteTensor& tensor, std::uint32_t seed) {
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
      // Indices, sizes and the like: 0 is the number that is most often allowed.
      std::memset(bytes, 0, tensor.bytes);
  }
}

}  // namespace tflm_model
