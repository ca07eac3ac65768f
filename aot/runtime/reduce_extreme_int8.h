// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_REDUCE_EXTREME_INT8_H_
#define AOT_RUNTIME_REDUCE_EXTREME_INT8_H_

#include <stdbool.h>
#include <stdint.h>

#include "aot/runtime/reduction.h"

// The largest or the smallest elements. input, output: int8_t; or bool, of which the smallest says whether all are
// true.
static inline void reduce_extreme_int8(const struct reduction* shape, bool largest,
                                       const void* input, void* output) {
  const int8_t* const in = input;
  int8_t* const out = output;
  for (int32_t o = 0; o < shape->outputs; ++o) {
    int8_t best = largest ? INT8_MIN : INT8_MAX;
    for (int32_t row = 0; row < shape->rows; ++row) {
      const int8_t* const from = in + reduction_row(shape, o, row);
      for (int32_t i = 0; i < shape->length; ++i) {
        const int8_t x = from[i * shape->stride];
        if (largest ? x > best : x < best) best = x;
      }
    }
    out[o] = best;
  }
}

#endif  // AOT_RUNTIME_REDUCE_EXTREME_INT8_H_
