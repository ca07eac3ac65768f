// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_CAST_FLOAT_INTEGERS_H_
#define AOT_RUNTIME_CAST_FLOAT_INTEGERS_H_

#include <stdint.h>

#include "aot/runtime/store_integer.h"

// To signed integers of 1, 2 or 4 bytes, from lowest to highest. What is not a number becomes 0.
static inline void cast_float_integers(int32_t size, int32_t out_bytes, int32_t lowest,
                                       int32_t highest, const float* in, void* out) {
  for (int32_t i = 0; i < size; ++i) {
    const float x = in[i];
    int32_t y = 0;
    if (x >= (float)highest) {
      y = highest;
    } else if (x <= (float)lowest) {
      y = lowest;
    } else if (x == x) {
      y = (int32_t)x;
    }
    store_integer(out, out_bytes, i, y);
  }
}

#endif  // AOT_RUNTIME_CAST_FLOAT_INTEGERS_H_
