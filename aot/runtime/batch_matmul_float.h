// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_BATCH_MATMUL_FLOAT_H_
#define AOT_RUNTIME_BATCH_MATMUL_FLOAT_H_

#include <stdint.h>

#include "aot/runtime/batch_matmul.h"
#include "aot/runtime/strided_offset.h"

// Products are added in TFLM's order: the result is the same to the bit.
static inline void batch_matmul_float(const struct batch_matmul* shape, const float* left,
                                      const float* right, float* out) {
  for (int32_t b = 0; b < shape->batches; ++b) {
    const float* const first =
        left + strided_offset(b, shape->batch_rank, shape->batch_sizes, shape->left_strides);
    const float* const matrix =
        right + strided_offset(b, shape->batch_rank, shape->batch_sizes, shape->right_strides);
    for (int32_t i = 0; i < shape->rows; ++i) {
      for (int32_t j = 0; j < shape->columns; ++j) {
        const float* const x = first + i * shape->left_row;
        const float* const y = matrix + j * shape->right_column;
        float sum = 0;
        for (int32_t k = 0; k < shape->depth; ++k)
          sum += x[k * shape->left_step] * y[k * shape->right_step];
        *out++ = sum;
      }
    }
  }
}

#endif  // AOT_RUNTIME_BATCH_MATMUL_FLOAT_H_
