// SPDX-License-Identifier: Apache-2.0

#ifndef MNIST_MICRO_INFERENCE_TENSOR_H_
#define MNIST_MICRO_INFERENCE_TENSOR_H_

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <tuple>
#include <type_traits>

// Typed views of a model's inputs and outputs. Target-safe: no heap, no exceptions.
//
// A tensor is described by a struct that the build generates:
//   Type, kSize (elements), kRank, kShape[], kScale (0: not quantized), kZeroPoint.

namespace mnist_micro::inference {

template <typename... Tensors>
using TensorList = std::tuple<Tensors...>;

template <typename Tensor>
inline constexpr bool kIsFloat = std::is_same_v<typename Tensor::Type, float>;

// Quantized, in a type all of whose values a float can represent.
template <typename Tensor>
inline constexpr bool kIsQuantized =
    Tensor::kScale > 0.0f && !kIsFloat<Tensor> && std::is_integral_v<typename Tensor::Type> &&
    sizeof(typename Tensor::Type) <= 2;

// value / scale + zero_point, rounded to nearest (halves away from zero) and clamped to T: the
// quantization of TensorFlow Lite. What is not a number becomes the lowest value.
template <typename T>
T Quantize(float value, float scale, std::int32_t zero_point) {
  static_assert(std::is_integral_v<T> && sizeof(T) <= 2, "only 8 and 16 bits are quantized");
  constexpr float kLowest = static_cast<float>(std::numeric_limits<T>::lowest());
  constexpr float kHighest = static_cast<float>(std::numeric_limits<T>::max());
  const float quantized = std::round(value / scale) + static_cast<float>(zero_point);
  if (!(quantized > kLowest)) return std::numeric_limits<T>::lowest();
  if (quantized > kHighest) return std::numeric_limits<T>::max();
  return static_cast<T>(quantized);
}

template <typename T>
float Dequantize(T value, float scale, std::int32_t zero_point) {
  static_assert(std::is_integral_v<T> && sizeof(T) <= 2, "only 8 and 16 bits are quantized");
  return scale * static_cast<float>(static_cast<std::int32_t>(value) - zero_point);
}

// The elements of an input or output, which lie in the arena: valid as long as the model that it is
// of. Element: Tensor::Type, const for outputs.
template <typename Tensor, typename Element>
class TensorView {
 public:
  explicit TensorView(Element* data) : data_(data) {}

  // nullptr, with a size of 0, if the model was not created.
  Element* data() const { return data_; }
  std::size_t size() const { return data_ == nullptr ? 0 : Tensor::kSize; }
  bool empty() const { return data_ == nullptr; }
  Element& operator[](std::size_t i) const { return data_[i]; }
  Element* begin() const { return data_; }
  Element* end() const { return data_ + size(); }

  static constexpr int rank() { return Tensor::kRank; }
  // 0 <= i < rank().
  static constexpr std::int32_t dim(int i) { return Tensor::kShape[i]; }
  // 0: not quantized.
  static constexpr float scale() { return Tensor::kScale; }
  static constexpr std::int32_t zero_point() { return Tensor::kZeroPoint; }

  // Writes element i as the model's type.
  void Set(std::size_t i, float value) const {
    static_assert(kIsFloat<Tensor> || kIsQuantized<Tensor>,
                  "this tensor has no quantization: write its elements as they are");
    if constexpr (kIsFloat<Tensor>) {
      data_[i] = value;
    } else {
      data_[i] = Quantize<typename Tensor::Type>(value, Tensor::kScale, Tensor::kZeroPoint);
    }
  }

  // Reads element i as the number that it stands for.
  float Get(std::size_t i) const {
    static_assert(kIsFloat<Tensor> || kIsQuantized<Tensor>,
                  "this tensor has no quantization: read its elements as they are");
    if constexpr (kIsFloat<Tensor>) {
      return data_[i];
    } else {
      return Dequantize<typename Tensor::Type>(data_[i], Tensor::kScale, Tensor::kZeroPoint);
    }
  }

 private:
  Element* data_;
};

// The index of the highest element, of equal ones the first; 0 for none.
template <typename T>
std::size_t ArgMax(const T* values, std::size_t size) {
  std::size_t best = 0;
  for (std::size_t i = 1; i < size; ++i) {
    if (values[i] > values[best]) best = i;
  }
  return best;
}

}  // namespace mnist_micro::inference

#endif  // MNIST_MICRO_INFERENCE_TENSOR_H_
