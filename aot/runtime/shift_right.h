// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_SHIFT_RIGHT_H_
#define AOT_RUNTIME_SHIFT_RIGHT_H_

#include <stdint.h>

// x / 2^exponent, rounded to nearest, halves away from zero.
static inline int32_t shift_right(int32_t x, int32_t exponent) {
  const int32_t mask = (int32_t)((1u << exponent) - 1);
  const int32_t threshold = (mask >> 1) + (x < 0);
  return (x >> exponent) + ((x & mask) > threshold);
}

#endif  // AOT_RUNTIME_SHIFT_RIGHT_H_
