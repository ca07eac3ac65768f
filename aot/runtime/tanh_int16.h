// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_TANH_INT16_H_
#define AOT_RUNTIME_TANH_INT16_H_

#include <stdint.h>

#include "aot/runtime/tanh_fixed.h"

// Outputs have 15 fractional bits. multiplier, shift: scale inputs to 3 * 2^12 steps a unit. table:
// that of the logistic function of twice the input.
static inline void tanh_int16(int32_t size, int32_t multiplier, int32_t shift,
                              const uint16_t* table, const int16_t* in, int16_t* out) {
  const int32_t half = shift > 0 ? 1 << (shift - 1) : 0;
  for (int32_t i = 0; i < size; ++i) {
    const int32_t x = (in[i] * multiplier + half) >> shift;
    out[i] = (int16_t)tanh_fixed(table, x);
  }
}

#endif  // AOT_RUNTIME_TANH_INT16_H_
