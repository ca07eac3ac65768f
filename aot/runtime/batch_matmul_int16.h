// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_BATCH_MATMUL_INT16_H_
#define AOT_RUNTIME_BATCH_MATMUL_INT16_H_

#include <stdint.h>

#include "aot/runtime/batch_matmul.h"
#include "aot/runtime/clamp.h"
#include "aot/runtime/requantize_wide.h"
#include "aot/runtime/strided_offset.h"

// Zero points are 0.
static inline void batch_matmul_int16(const struct batch_matmul* shape, int32_t multiplier,
                                      int32_t shift, const int16_t* left, const int16_t* right,
                                      int16_t* out) {
  for (int32_t b = 0; b < shape->batches; ++b) {
    const int16_t* const first =
        left + strided_offset(b, shape->batch_rank, shape->batch_sizes, shape->left_strides);
    const int16_t* const matrix =
        right + strided_offset(b, shape->batch_rank, shape->batch_sizes, shape->right_strides);
    for (int32_t i = 0; i < shape->rows; ++i) {
      for (int32_t j = 0; j < shape->columns; ++j) {
        const int16_t* const x = first + i * shape->left_row;
        const int16_t* const y = matrix + j * shape->right_column;
        int64_t sum = 0;
        for (int32_t k = 0; k < shape->depth; ++k)
          sum += (int64_t)(x[k * shape->left_step] * y[k * shape->right_step]);
        *out++ = (int16_t)clamp(requantize_wide(sum, multiplier, shift), INT16_MIN, INT16_MAX);
      }
    }
  }
}

#endif  // AOT_RUNTIME_BATCH_MATMUL_INT16_H_
