// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_BATCH_MATMUL_INT8_H_
#define AOT_RUNTIME_BATCH_MATMUL_INT8_H_

#include <stdint.h>

#include "aot/runtime/batch_matmul.h"
#include "aot/runtime/output_int8.h"
#include "aot/runtime/requantization.h"
#include "aot/runtime/strided_offset.h"

// Sums wrap, as they do in TFLM.
static inline void batch_matmul_int8(const struct batch_matmul* shape,
                                     const struct requantization* to, int32_t multiplier,
                                     int32_t shift, int32_t left_zero_point,
                                     int32_t right_zero_point, const int8_t* left,
                                     const int8_t* right, int8_t* out) {
  for (int32_t b = 0; b < shape->batches; ++b) {
    const int8_t* const first =
        left + strided_offset(b, shape->batch_rank, shape->batch_sizes, shape->left_strides);
    const int8_t* const matrix =
        right + strided_offset(b, shape->batch_rank, shape->batch_sizes, shape->right_strides);
    for (int32_t i = 0; i < shape->rows; ++i) {
      for (int32_t j = 0; j < shape->columns; ++j) {
        const int8_t* const x = first + i * shape->left_row;
        const int8_t* const y = matrix + j * shape->right_column;
        uint32_t sum = 0;
        for (int32_t k = 0; k < shape->depth; ++k)
          sum += (uint32_t)((x[k * shape->left_step] - left_zero_point) *
                            (y[k * shape->right_step] - right_zero_point));
        *out++ = output_int8((int32_t)sum, multiplier, shift, to);
      }
    }
  }
}

#endif  // AOT_RUNTIME_BATCH_MATMUL_INT8_H_
