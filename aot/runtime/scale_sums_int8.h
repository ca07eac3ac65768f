// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_SCALE_SUMS_INT8_H_
#define AOT_RUNTIME_SCALE_SUMS_INT8_H_

#include <stdint.h>

#include "aot/runtime/scale_int8.h"

// Outputs of whole sums: see struct dense_int8.
static inline void scale_sums_int8(int32_t outputs, int32_t rounding, const int32_t* sums,
                                   const int32_t* multipliers, const int8_t* shifts,
                                   int32_t next_factors, int8_t* out) {
  for (int32_t o = 0; o < outputs; ++o) {
    const int32_t factor = next_factors != 0 ? o : o % 4;
    out[o] = scale_int8(sums[o], multipliers[factor], shifts[factor], rounding);
  }
}

#endif  // AOT_RUNTIME_SCALE_SUMS_INT8_H_
