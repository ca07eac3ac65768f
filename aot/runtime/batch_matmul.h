// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_BATCH_MATMUL_H_
#define AOT_RUNTIME_BATCH_MATMUL_H_

#include <stdint.h>

// Products of many matrices. The strides say how far it is to the next matrix in each dimension of batches; then how
// far from one row of the left one to the next, from one column of the right one to the next, and from one of the
// numbers that are multiplied to the next.
struct batch_matmul {
  int32_t batches;
  int32_t batch_rank;
  int32_t batch_sizes[3];
  int32_t left_strides[3];
  int32_t right_strides[3];
  int32_t rows, columns, depth;
  int32_t left_row, left_step;
  int32_t right_column, right_step;
};

#endif  // AOT_RUNTIME_BATCH_MATMUL_H_
