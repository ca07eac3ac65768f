// SPDX-License-Identifier: Apache-2.0

#include "mnist_micro/inference/generated_input.h"

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "mnist_micro/inference/type_code.h"

namespace mnist_micro::inference {
namespace {

// TensorFlow Lite's number of pairs of floats, which no class gives access to.
constexpr int kComplex64 = 8;

}  // namespace

bool IsWideInteger(int type_code) {
  return type_code == TypeCode<std::int32_t>() || type_code == TypeCode<std::int64_t>();
}

void FillWithGenerated(int type_code, void* data, std::size_t bytes, std::uint32_t seed,
                       std::uint8_t integer) {
  std::uint32_t state = seed;
  const auto next = [&state] {
    state = state * 1664525u + 1013904223u;
    return state >> 8;
  };
  auto* to = static_cast<std::uint8_t*>(data);
  switch (type_code) {
    case TypeCode<float>():
    case kComplex64:
      for (std::size_t i = 0; i < bytes / sizeof(float); ++i) {
        const float value = static_cast<float>(next()) / 8388608.0f - 1.0f;
        std::memcpy(to + i * sizeof(float), &value, sizeof(float));
      }
      break;
    case TypeCode<std::int8_t>():
    case TypeCode<std::uint8_t>():
    case TypeCode<std::int16_t>():
    case TypeCode<bool>(): {
      const std::uint32_t mask = type_code == TypeCode<bool>() ? 1 : 0xff;
      for (std::size_t i = 0; i < bytes; ++i) to[i] = static_cast<std::uint8_t>(next() & mask);
      break;
    }
    default:
      std::memset(to, 0, bytes);
      if (IsWideInteger(type_code)) {
        const std::size_t width = type_code == TypeCode<std::int32_t>() ? 4 : 8;
        // Little-endian, as the model is.
        for (std::size_t i = 0; i < bytes; i += width) to[i] = integer;
      }
  }
}

}  // namespace mnist_micro::inference
