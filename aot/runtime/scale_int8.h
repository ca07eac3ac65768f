// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_SCALE_INT8_H_
#define AOT_RUNTIME_SCALE_INT8_H_

#include <stdint.h>

#include "aot/runtime/saturate_int8.h"

// A sum within 30 bits and its sign to an output: the same as output_int8 for factors below 1/2.
// shift: to the right, less one. rounding: twice the output's zero point, plus one.
static inline int8_t scale_int8(int32_t sum, int32_t multiplier, int32_t shift, int32_t rounding) {
  const int64_t product = (int64_t)(sum * 2) * multiplier;
  // Rounded to nearest, halves up; then halves away from zero.
  int32_t x = (int32_t)(product >> 32) + (int32_t)((uint32_t)product >> 31);
  x += x >> 31;
  return saturate_int8(((x >> shift) + rounding) >> 1);
}

#endif  // AOT_RUNTIME_SCALE_INT8_H_
