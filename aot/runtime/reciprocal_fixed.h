// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_RECIPROCAL_FIXED_H_
#define AOT_RUNTIME_RECIPROCAL_FIXED_H_

#include <stdint.h>

#include "aot/runtime/multiply_high.h"

// 1 / x for x from 1 to 2. x: 31 fractional bits, the first of its 32 bits set. The result has 31. Source: gemmlowp.
static inline int32_t reciprocal_fixed(uint32_t x) {
  // (1 + x - 1) / 2: x - 1 and 1, both with 31 fractional bits, rounded half up.
  const int32_t half = (int32_t)(((x - 0x80000000u) + (uint32_t)INT32_MAX + 1) >> 1);
  // Newton's method from 48 / 17 - 32 / 17 * half, 29 fractional bits.
  int32_t y = 1515870810 + multiply_high(half, -1010580540);
  for (int32_t i = 0; i < 3; ++i) {
    const int32_t error = (1 << 29) - multiply_high(half, y);
    y += multiply_high(y, error) * 4;
  }
  // Twice 1 / (2 * half) has 30 fractional bits; it saturates for x = 1.
  return y >= 1 << 30 ? INT32_MAX : y * 2;
}

#endif  // AOT_RUNTIME_RECIPROCAL_FIXED_H_
