// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_CUMSUM_FLOAT_H_
#define AOT_RUNTIME_CUMSUM_FLOAT_H_

#include <stdbool.h>
#include <stdint.h>

// Sums of all elements up to each one, in one dimension. exclusive: without the element itself. reverse: from the last
// one on. before, after: how many elements the dimensions before and after it have. The output may lie on the input.
static inline void cumsum_float(int32_t before, int32_t length, int32_t after, bool exclusive,
                                bool reverse, const float* in, float* out) {
  for (int32_t b = 0; b < before; ++b) {
    for (int32_t a = 0; a < after; ++a) {
      float sum = 0;
      for (int32_t i = 0; i < length; ++i) {
        const int32_t place = (b * length + (reverse ? length - 1 - i : i)) * after + a;
        const float more = sum + in[place];
        out[place] = exclusive ? sum : more;
        sum = more;
      }
    }
  }
}

#endif  // AOT_RUNTIME_CUMSUM_FLOAT_H_
