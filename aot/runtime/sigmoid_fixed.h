// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_SIGMOID_FIXED_H_
#define AOT_RUNTIME_SIGMOID_FIXED_H_

#include <stdint.h>

#include "aot/runtime/interpolate_sigmoid.h"

// 1 / (1 + exp(-x)) with 15 fractional bits. x: 3 * 2^12 steps a unit. table: of the function.
static inline int32_t sigmoid_fixed(const uint16_t* table, int32_t x) {
  const uint32_t magnitude = x < 0 ? 0 - (uint32_t)x : (uint32_t)x;
  const int32_t y = interpolate_sigmoid(table, magnitude, 9, 0x7fff << 10);
  return (x >= 0 ? y + 512 : (1 << 25) - y + 511) >> 10;
}

#endif  // AOT_RUNTIME_SIGMOID_FIXED_H_
