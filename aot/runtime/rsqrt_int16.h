// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_RSQRT_INT16_H_
#define AOT_RUNTIME_RSQRT_INT16_H_

#include <stdint.h>

#include "aot/runtime/clamp.h"
#include "aot/runtime/inverse_sqrt_fixed.h"
#include "aot/runtime/requantize.h"

// multiplier, shift: scale 1 / sqrt(input) with 20 fractional bits.
static inline void rsqrt_int16(int32_t size, int32_t multiplier, int32_t shift, const int16_t* in,
                               int16_t* out) {
  for (int32_t i = 0; i < size; ++i) {
    int32_t y = INT16_MAX;
    if (in[i] > 0) {
      const struct fixed_factor root = inverse_sqrt_fixed(in[i]);
      y = requantize(requantize(1, root.multiplier, root.shift + 20), multiplier, shift);
    }
    out[i] = (int16_t)clamp(y, INT16_MIN, INT16_MAX);
  }
}

#endif  // AOT_RUNTIME_RSQRT_INT16_H_
