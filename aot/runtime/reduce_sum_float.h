// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_REDUCE_SUM_FLOAT_H_
#define AOT_RUNTIME_REDUCE_SUM_FLOAT_H_

#include <stdint.h>

#include "aot/runtime/reduction.h"

// Sums, with a divisor of 1, and means. Elements are added in TFLM's order: the result is the same to the bit.
static inline void reduce_sum_float(const struct reduction* shape, float divisor, const float* in,
                                    float* out) {
  for (int32_t o = 0; o < shape->outputs; ++o) {
    float sum = 0;
    for (int32_t row = 0; row < shape->rows; ++row) {
      const float* const from = in + reduction_row(shape, o, row);
      for (int32_t i = 0; i < shape->length; ++i) sum += from[i * shape->stride];
    }
    out[o] = sum / divisor;
  }
}

#endif  // AOT_RUNTIME_REDUCE_SUM_FLOAT_H_
