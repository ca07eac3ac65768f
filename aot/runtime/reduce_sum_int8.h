// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_REDUCE_SUM_INT8_H_
#define AOT_RUNTIME_REDUCE_SUM_INT8_H_

#include <stdint.h>

#include "aot/runtime/output_int8.h"
#include "aot/runtime/reduction.h"
#include "aot/runtime/requantization.h"

// Sums and means. start: what the input's zero point makes of a sum. Sums wrap, as they do in TFLM.
static inline void reduce_sum_int8(const struct reduction* shape, const struct requantization* to,
                                   int32_t start, int32_t multiplier, int32_t shift,
                                   const int8_t* in, int8_t* out) {
  for (int32_t o = 0; o < shape->outputs; ++o) {
    uint32_t sum = (uint32_t)start;
    for (int32_t row = 0; row < shape->rows; ++row) {
      const int8_t* const from = in + reduction_row(shape, o, row);
      for (int32_t i = 0; i < shape->length; ++i) {
        const int32_t x = from[i * shape->stride];
        sum += (uint32_t)x;
      }
    }
    out[o] = output_int8((int32_t)sum, multiplier, shift, to);
  }
}

#endif  // AOT_RUNTIME_REDUCE_SUM_INT8_H_
