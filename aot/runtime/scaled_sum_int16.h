// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_SCALED_SUM_INT16_H_
#define AOT_RUNTIME_SCALED_SUM_INT16_H_

#include <stdint.h>

#include "aot/runtime/scaled_sum.h"

static inline void scaled_sum_int16(int32_t count, const struct scaled_sum* to, const int16_t* x,
                                    const int16_t* y, int16_t* out) {
  // Unlike *to, a copy can't be changed through out.
  const struct scaled_sum copy = *to;
  for (int32_t i = 0; i < count; ++i) out[i] = (int16_t)scaled_sum(&copy, x[i], y[i], 31);
}

#endif  // AOT_RUNTIME_SCALED_SUM_INT16_H_
