// SPDX-License-Identifier: Apache-2.0

#include "mnist_micro/inference/tensor.h"

#include <cstdint>
#include <limits>

#include "gtest/gtest.h"

namespace mnist_micro::inference {
namespace {

struct Int8Tensor {
  using Type = std::int8_t;
  static constexpr std::size_t kSize = 4;
  static constexpr int kRank = 2;
  static constexpr std::int32_t kShape[] = {2, 2};
  static constexpr float kScale = 0.5f;
  static constexpr std::int32_t kZeroPoint = -3;
};

struct FloatTensor {
  using Type = float;
  static constexpr std::size_t kSize = 2;
  static constexpr int kRank = 1;
  static constexpr std::int32_t kShape[] = {2};
  static constexpr float kScale = 0.0f;
  static constexpr std::int32_t kZeroPoint = 0;
};

struct IndexTensor {
  using Type = std::int32_t;
  static constexpr float kScale = 0.0f;
};

static_assert(kIsQuantized<Int8Tensor> && !kIsQuantized<FloatTensor>);
static_assert(!kIsQuantized<IndexTensor> && !kIsFloat<IndexTensor>);

TEST(Quantize, RoundsHalvesAwayFromZeroAndClamps) {
  EXPECT_EQ(Quantize<std::int8_t>(0.25f, 0.5f, -3), -2);
  EXPECT_EQ(Quantize<std::int8_t>(-0.25f, 0.5f, -3), -4);
  EXPECT_EQ(Quantize<std::int8_t>(1e30f, 0.5f, 0), 127);
  EXPECT_EQ(Quantize<std::int8_t>(-1e30f, 0.5f, 0), -128);
  EXPECT_EQ(Quantize<std::uint8_t>(-1.0f, 0.5f, 1), 0);
  EXPECT_EQ(Quantize<std::uint8_t>(300.0f, 0.5f, 1), 255);
  EXPECT_EQ(Quantize<std::int16_t>(1e30f, 0.5f, 0), 32767);
  EXPECT_EQ(Quantize<std::int16_t>(-2.0f, 0.25f, 0), -8);
  EXPECT_EQ(Quantize<std::int8_t>(std::numeric_limits<float>::quiet_NaN(), 0.5f, 0), -128);
}

TEST(Quantize, DequantizeIsItsInverse) {
  for (int value = -128; value < 128; ++value) {
    const auto q = static_cast<std::int8_t>(value);
    EXPECT_EQ(Quantize<std::int8_t>(Dequantize(q, 0.1f, 5), 0.1f, 5), q);
  }
  EXPECT_EQ(Dequantize<std::uint8_t>(200, 0.5f, 100), 50.0f);
}

TEST(TensorView, ReadsAndWritesNumbers) {
  std::int8_t data[4] = {};
  const TensorView<Int8Tensor, std::int8_t> view(data);
  EXPECT_EQ(view.size(), 4u);
  EXPECT_EQ(view.rank(), 2);
  EXPECT_EQ(view.dim(1), 2);
  view.Set(1, 2.0f);
  EXPECT_EQ(data[1], 1);
  EXPECT_EQ(view.Get(1), 2.0f);
  EXPECT_EQ(view.end() - view.begin(), 4);

  float floats[2] = {};
  const TensorView<FloatTensor, float> plain(floats);
  plain.Set(1, 0.1f);
  EXPECT_EQ(floats[1], 0.1f);
  EXPECT_EQ(plain.Get(1), 0.1f);
}

TEST(TensorView, IsEmptyWithoutMemory) {
  const TensorView<Int8Tensor, std::int8_t> view(nullptr);
  EXPECT_TRUE(view.empty());
  EXPECT_EQ(view.size(), 0u);
}

TEST(ArgMax, OfEqualOnesTheFirst) {
  const int values[] = {1, 5, 5, -7};
  EXPECT_EQ(ArgMax(values, 4), 1u);
  EXPECT_EQ(ArgMax(values, 0), 0u);
}

}  // namespace
}  // namespace mnist_micro::inference
