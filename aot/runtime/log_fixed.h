// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_LOG_FIXED_H_
#define AOT_RUNTIME_LOG_FIXED_H_

#include <stdint.h>

#include "aot/runtime/multiply_high.h"
#include "aot/runtime/reciprocal_fixed.h"
#include "aot/runtime/shift_right.h"

// The natural logarithm of what is not below 1. x: 19 fractional bits. The result has 26. Source:
// TFLM.
static inline int32_t log_fixed(int32_t x) {
  const int32_t half_root = 1518500250;    // sqrt(1/2)
  const int32_t fourth_root = 1805811301;  // sqrt(sqrt(1/2))
  // r * 2^power with r around the fourth root: one of two candidates. Powers have 25 fractional bits.
  int32_t shift = 0;
  while (x << shift < 1 << 30) ++shift;
  const int32_t a = multiply_high(x << shift, half_root);
  const int32_t a_doubled = a >= 1 << 30 ? INT32_MAX : a * 2;
  const int32_t a_power = (11 - shift) * (1 << 25) + (1 << 23);
  const int32_t root = multiply_high(x, half_root);
  int32_t b_shift = shift;
  if (root << b_shift < 1 << 30) ++b_shift;
  const int32_t b = b_shift > shift ? INT32_MAX : x << b_shift;
  const int32_t b_power = (12 - b_shift) * (1 << 25) - (1 << 23);
  const int32_t r = a_doubled < b ? a_doubled : b;
  const int32_t power = a_power > b_power ? a_power : b_power;
  // A rational function of the distance.
  const int32_t p = (int32_t)(((uint32_t)r + (uint32_t)fourth_root + 1) >> 1);
  const int32_t q = (r - fourth_root) * 2;
  const int32_t square = multiply_high(q, q);
  const int32_t numerator =
      multiply_high(q, r) + multiply_high(multiply_high(q, square), 117049297);
  const int32_t denominator = multiply_high(p, 1057819769 + q + multiply_high(square, 127690142)) +
                              multiply_high(q, 638450708);
  const int32_t reciprocal = reciprocal_fixed(0x80000000u + (uint32_t)denominator);
  const int32_t rest = multiply_high(shift_right(numerator, 6), reciprocal);
  return (multiply_high(power, 1488522236) + rest) * 2;
}

#endif  // AOT_RUNTIME_LOG_FIXED_H_
