// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_REQUANTIZE_H_
#define AOT_RUNTIME_REQUANTIZE_H_

#include <stdint.h>

// How sums become outputs, besides the factors.
struct requantization {
  int32_t zero_point;
  int32_t lowest;
  int32_t highest;
};

// a * b / 2^31, rounded to nearest, halves up. The product must not be 2^62.
static inline int32_t multiply_high(int32_t a, int32_t b) {
  return (int32_t)(((int64_t)a * b + (1 << 30)) >> 31);
}

// x / 2^exponent, rounded to nearest, halves away from zero.
static inline int32_t shift_right(int32_t x, int32_t exponent) {
  const int32_t mask = (int32_t)((1u << exponent) - 1);
  const int32_t threshold = (mask >> 1) + (x < 0);
  return (x >> exponent) + ((x & mask) > threshold);
}

// x * multiplier * 2^(shift - 31), rounded twice.
static inline int32_t requantize(int32_t x, int32_t multiplier, int32_t shift) {
  const int32_t left = shift > 0 ? shift : 0;
  const int32_t right = shift > 0 ? 0 : -shift;
  return shift_right(multiply_high((int32_t)((uint32_t)x << left), multiplier), right);
}

// Keeps the low 32 bits, as machines do.
static inline int32_t wrapping_sum(int32_t a, int32_t b) {
  return (int32_t)((uint32_t)a + (uint32_t)b);
}

static inline int32_t clamp(int32_t x, int32_t lowest, int32_t highest) {
  x = x < lowest ? lowest : x;
  return x > highest ? highest : x;
}

// A whole sum to an output.
static inline int8_t output_int8(int32_t sum, int32_t multiplier, int32_t shift,
                                 const struct requantization* to) {
  return (int8_t)clamp(wrapping_sum(requantize(sum, multiplier, shift), to->zero_point), to->lowest,
                       to->highest);
}

#endif  // AOT_RUNTIME_REQUANTIZE_H_
