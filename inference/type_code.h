// SPDX-License-Identifier: Apache-2.0

#ifndef MNIST_MICRO_INFERENCE_TYPE_CODE_H_
#define MNIST_MICRO_INFERENCE_TYPE_CODE_H_

#include <cstdint>
#include <type_traits>

namespace mnist_micro::inference {

// The number that TensorFlow Lite has for a type, its TfLiteType; 0 for one that it does not have.
template <typename T>
constexpr int TypeCode() {
  if constexpr (std::is_same_v<T, float>) return 1;
  if constexpr (std::is_same_v<T, std::int32_t>) return 2;
  if constexpr (std::is_same_v<T, std::uint8_t>) return 3;
  if constexpr (std::is_same_v<T, std::int64_t>) return 4;
  if constexpr (std::is_same_v<T, bool>) return 6;
  if constexpr (std::is_same_v<T, std::int16_t>) return 7;
  if constexpr (std::is_same_v<T, std::int8_t>) return 9;
  if constexpr (std::is_same_v<T, std::uint64_t>) return 13;
  if constexpr (std::is_same_v<T, std::uint32_t>) return 16;
  if constexpr (std::is_same_v<T, std::uint16_t>) return 17;
  return 0;
}

}  // namespace mnist_micro::inference

#endif  // MNIST_MICRO_INFERENCE_TYPE_CODE_H_
