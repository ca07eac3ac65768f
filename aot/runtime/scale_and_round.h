// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_SCALE_AND_ROUND_H_
#define AOT_RUNTIME_SCALE_AND_ROUND_H_

#include <stdint.h>

// x * multiplier / 2^bits, rounded half up, / 2^exponent, rounded half away from zero, plus a zero
// point. exponent: 1 at least. rounding, which is added to the product, is the sum of 2^(bits - 1),
// 2^(bits + exponent - 1) and the zero point * 2^(bits + exponent).
static inline int32_t scale_and_round(int32_t x, int32_t multiplier, int64_t rounding, int32_t bits,
                                      int32_t exponent) {
  const int32_t high = (int32_t)(((int64_t)x * multiplier + rounding) >> bits);
  // What is below zero gets one less. If the first result is 0, that makes no difference.
  return (high + (x >> 31)) >> exponent;
}

#endif  // AOT_RUNTIME_SCALE_AND_ROUND_H_
