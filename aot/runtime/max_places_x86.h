// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_MAX_PLACES_X86_H_
#define AOT_RUNTIME_MAX_PLACES_X86_H_

#include <stdint.h>

#include "aot/runtime/plane_x86.h"

// Where the windows of a convolution lie of which the largest sums count.
struct max_places_x86 {
  int32_t batches;
  // After the maximum.
  int32_t out_h, out_w;
  // In the plane, from what a row of outputs sees to what the next row sees, and from an output to the next one.
  int32_t next_row, next_column;
  // The windows of an output, and the bytes from one to the next one.
  int32_t rows, columns;
  int32_t next_place_row, next_place;
  struct plane_x86 plane;
};

#endif  // AOT_RUNTIME_MAX_PLACES_X86_H_
