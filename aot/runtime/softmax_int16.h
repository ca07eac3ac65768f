// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_SOFTMAX_INT16_H_
#define AOT_RUNTIME_SOFTMAX_INT16_H_

#include <stdint.h>

#include "aot/runtime/clamp.h"
#include "aot/runtime/interpolate_int16.h"
#include "aot/runtime/requantize.h"

// multiplier, shift: scale differences so that -65535 is -10. exponentials: exp from -10 to 0.
// reciprocals: 1 / (1 + x) from 0 to 1. All have 15 fractional bits.
static inline void softmax_int16(int32_t rows, int32_t depth, int32_t multiplier, int32_t shift,
                                 const int16_t* exponentials, const int16_t* reciprocals,
                                 const int16_t* in, int16_t* out) {
  for (int32_t row = 0; row < rows; ++row) {
    int32_t largest = INT16_MIN;
    for (int32_t c = 0; c < depth; ++c) largest = in[c] > largest ? in[c] : largest;
    uint32_t sum = 0;
    for (int32_t c = 0; c < depth; ++c) {
      const uint32_t scaled = (uint32_t)requantize(in[c] - largest, multiplier, shift);
      const int32_t exp = interpolate_int16(exponentials, (int32_t)(scaled + INT16_MAX));
      out[c] = (int16_t)exp;
      sum += (uint32_t)exp;
      if (sum > INT32_MAX) sum = INT32_MAX;
    }
    // To 30 fractional bits, from 1 to 2; then to 16, of which the tables' lowest input is 1.
    int32_t right = 30;
    for (; sum < 1u << 30; sum <<= 1) --right;
    const int32_t x = (int32_t)((sum + (1u << 13)) >> 14) - (1 << 16) + INT16_MIN;
    const int32_t reciprocal = interpolate_int16(reciprocals, x);
    for (int32_t c = 0; c < depth; ++c) {
      const int32_t result = (out[c] * reciprocal + (1 << (right - 1))) >> right;
      out[c] = (int16_t)clamp(result, 0, INT16_MAX);
    }
    in += depth;
    out += depth;
  }
}

#endif  // AOT_RUNTIME_SOFTMAX_INT16_H_
