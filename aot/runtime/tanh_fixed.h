// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_TANH_FIXED_H_
#define AOT_RUNTIME_TANH_FIXED_H_

#include <stdint.h>

#include "aot/runtime/interpolate_sigmoid.h"

// tanh(x) with 15 fractional bits. x: 3 * 2^12 steps a unit. table: of 1 / (1 + exp(-x)).
static inline int32_t tanh_fixed(const uint16_t* table, int32_t x) {
  const uint32_t magnitude = x < 0 ? 0 - (uint32_t)x : (uint32_t)x;
  const int32_t y = interpolate_sigmoid(table, magnitude, 8, 0xffff << 8) - (1 << 23);
  return (x >= 0 ? y + 128 : 127 - y) >> 8;
}

#endif  // AOT_RUNTIME_TANH_FIXED_H_
