// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_REDUCTION_H_
#define AOT_RUNTIME_REDUCTION_H_

#include <stdint.h>

#include "aot/runtime/strided_offset.h"

// Which elements are reduced to one. Dimensions that are kept have a stride in the input each. Those that are reduced
// are `rows`, over which several dimensions count, of `length` elements that are `stride` apart.
struct reduction {
  int32_t outputs;
  int32_t kept_rank;
  int32_t kept_sizes[4];
  int32_t kept_strides[4];
  int32_t rows;
  int32_t row_rank;
  int32_t row_sizes[3];
  int32_t row_strides[3];
  int32_t length;
  int32_t stride;
};

// Where a row of an output's inputs begins.
static inline int32_t reduction_row(const struct reduction* shape, int32_t output, int32_t row) {
  return strided_offset(output, shape->kept_rank, shape->kept_sizes, shape->kept_strides) +
         strided_offset(row, shape->row_rank, shape->row_sizes, shape->row_strides);
}

#endif  // AOT_RUNTIME_REDUCTION_H_
