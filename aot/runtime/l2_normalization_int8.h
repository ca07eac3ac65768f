// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_L2_NORMALIZATION_INT8_H_
#define AOT_RUNTIME_L2_NORMALIZATION_INT8_H_

#include <stdint.h>

#include "aot/runtime/clamp.h"
#include "aot/runtime/inverse_sqrt_fixed.h"
#include "aot/runtime/requantize.h"

// Outputs have 7 fractional bits. The sum of squares wraps. The output may lie on the input.
static inline void l2_normalization_int8(int32_t rows, int32_t depth, int32_t zero_point,
                                         const int8_t* in, int8_t* out) {
  for (int32_t row = 0; row < rows; ++row) {
    uint32_t sum = 0;
    for (int32_t c = 0; c < depth; ++c) {
      const int32_t x = in[c] - zero_point;
      sum += (uint32_t)(x * x);
    }
    const struct fixed_factor factor = inverse_sqrt_fixed((int32_t)sum);
    for (int32_t c = 0; c < depth; ++c) {
      const int32_t x = requantize(in[c] - zero_point, factor.multiplier, factor.shift + 7);
      out[c] = (int8_t)clamp(x, INT8_MIN, INT8_MAX);
    }
    in += depth;
    out += depth;
  }
}

#endif  // AOT_RUNTIME_L2_NORMALIZATION_INT8_H_
