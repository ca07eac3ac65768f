// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_ABS_INT16_H_
#define AOT_RUNTIME_ABS_INT16_H_

#include <stdint.h>

#include "aot/runtime/clamp.h"
#include "aot/runtime/requantization.h"
#include "aot/runtime/requantize.h"

static inline void abs_int16(int32_t size, int32_t multiplier, int32_t shift,
                             const struct requantization* to, const int16_t* in, int16_t* out) {
  for (int32_t i = 0; i < size; ++i) {
    const int32_t x = in[i] < 0 ? -in[i] : in[i];
    out[i] = (int16_t)clamp(requantize(x, multiplier, shift), to->lowest, to->highest);
  }
}

#endif  // AOT_RUNTIME_ABS_INT16_H_
