// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_REDUCE_EXTREME_FLOAT_H_
#define AOT_RUNTIME_REDUCE_EXTREME_FLOAT_H_

#include <stdbool.h>
#include <stdint.h>

#include "aot/runtime/reduction.h"

// The largest or the smallest elements. Infinities come in only where something else is beside them, and what is not a
// number never does, as in TFLM.
static inline void reduce_extreme_float(const struct reduction* shape, bool largest,
                                        const float* in, float* out) {
  for (int32_t o = 0; o < shape->outputs; ++o) {
    float best = largest ? -3.40282347e+38f : 3.40282347e+38f;
    for (int32_t row = 0; row < shape->rows; ++row) {
      const float* const from = in + reduction_row(shape, o, row);
      for (int32_t i = 0; i < shape->length; ++i) {
        const float x = from[i * shape->stride];
        if (largest ? x > best : x < best) best = x;
      }
    }
    out[o] = best;
  }
}

#endif  // AOT_RUNTIME_REDUCE_EXTREME_FLOAT_H_
