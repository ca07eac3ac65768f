// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_ARG_EXTREME_INT8_H_
#define AOT_RUNTIME_ARG_EXTREME_INT8_H_

#include <stdbool.h>
#include <stdint.h>

// The place of the first of the largest or of the smallest elements in one dimension. before, after: how many elements
// the dimensions before and after it have.
static inline void arg_extreme_int8(int32_t before, int32_t length, int32_t after, bool largest,
                                    const int8_t* in, int32_t* out) {
  for (int32_t b = 0; b < before; ++b) {
    for (int32_t a = 0; a < after; ++a) {
      const int8_t* const from = in + a;
      int8_t best = from[0];
      int32_t place = 0;
      for (int32_t i = 1; i < length; ++i) {
        const int8_t x = from[i * after];
        if (largest ? x > best : x < best) {
          best = x;
          place = i;
        }
      }
      *out++ = place;
    }
    in += length * after;
  }
}

#endif  // AOT_RUNTIME_ARG_EXTREME_INT8_H_
