// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_INVERSE_SQRT_FIXED_H_
#define AOT_RUNTIME_INVERSE_SQRT_FIXED_H_

#include <stdint.h>

#include "aot/runtime/multiply_high.h"
#include "aot/runtime/shift_right.h"

// A factor of multiplier * 2^(shift - 31).
struct fixed_factor {
  int32_t multiplier;
  int32_t shift;
};

// 1 / sqrt(x), of what is not above 0 as of 1. Source: GetInvSqrtQuantizedMultiplierExp of TFLM.
static inline struct fixed_factor inverse_sqrt_fixed(int32_t x) {
  struct fixed_factor result = {INT32_MAX, 0};
  if (x <= 1) return result;
  int32_t shift = -11;
  for (; x >= 1 << 29; --shift) x /= 4;
  for (; x < 1 << 27; ++shift) x *= 4;
  // Half of x, and Newton's method from 1, with 28 fractional bits. x is from 1/4 to below 1 here:
  // nothing saturates.
  const int32_t half = shift_right(x >> 1, 1);
  int32_t y = 1 << 28;
  for (int32_t i = 0; i < 5; ++i) {
    const int32_t cube = multiply_high(multiply_high(y, y), y) * 64;
    y = (multiply_high((1 << 28) + (1 << 27), y) - multiply_high(half, cube)) * 8;
  }
  // sqrt(1/2), as x was halved.
  y = multiply_high(y, 1518500250);
  // To the left only: the runtime scales by that before it multiplies.
  if (shift > 0) {
    y *= 1 << shift;
    shift = 0;
  }
  result.multiplier = y;
  result.shift = shift;
  return result;
}

#endif  // AOT_RUNTIME_INVERSE_SQRT_FIXED_H_
