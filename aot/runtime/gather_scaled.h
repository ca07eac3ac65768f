// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_GATHER_SCALED_H_
#define AOT_RUNTIME_GATHER_SCALED_H_

#include <stdint.h>

#include "aot/runtime/clamp_index.h"

// Rows of a table of int8 as real numbers.
static inline void gather_scaled(int32_t rows, int32_t columns, int32_t picks, float scale,
                                 const int8_t* table, const int32_t* indices, float* out) {
  for (int32_t i = 0; i < picks; ++i) {
    const int8_t* const row = table + clamp_index(indices[i], rows - 1) * columns;
    for (int32_t c = 0; c < columns; ++c) *out++ = (float)row[c] * scale;
  }
}

#endif  // AOT_RUNTIME_GATHER_SCALED_H_
