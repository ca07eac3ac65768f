// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_CUMSUM_INT8_H_
#define AOT_RUNTIME_CUMSUM_INT8_H_

#include <stdbool.h>
#include <stdint.h>

#include "aot/runtime/output_int8.h"
#include "aot/runtime/requantization.h"

// Sums of all elements up to each one, in one dimension: see cumsum_float. Sums have 19 fractional bits and wrap; TFLM
// lets each begin at what an element of 0 stands for.
static inline void cumsum_int8(int32_t before, int32_t length, int32_t after, bool exclusive,
                               bool reverse, const struct requantization* to, int32_t multiplier,
                               int32_t shift, int32_t zero_point, const int8_t* in, int8_t* out) {
  for (int32_t b = 0; b < before; ++b) {
    for (int32_t a = 0; a < after; ++a) {
      uint32_t sum = (uint32_t)-zero_point << 19;
      for (int32_t i = 0; i < length; ++i) {
        const int32_t place = (b * length + (reverse ? length - 1 - i : i)) * after + a;
        const uint32_t more = sum + ((uint32_t)(in[place] - zero_point) << 19);
        out[place] = output_int8((int32_t)(exclusive ? sum : more), multiplier, shift, to);
        sum = more;
      }
    }
  }
}

#endif  // AOT_RUNTIME_CUMSUM_INT8_H_
