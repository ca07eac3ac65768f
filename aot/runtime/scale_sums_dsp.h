// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_SCALE_SUMS_DSP_H_
#define AOT_RUNTIME_SCALE_SUMS_DSP_H_

#include <stdint.h>

#include "aot/runtime/scale_dsp.h"

// As scale_sums_int8, of the sums of add_products_dsp; outputs come in fours, too.
static inline void scale_sums_dsp(int32_t outputs, int32_t rounding, const uint32_t* sums,
                                  const int32_t* multipliers, const int8_t* shifts,
                                  int32_t next_factors, int8_t* out) {
  for (; outputs > 0; --outputs) {
    const int32_t sum1 = (int32_t)(sums[1] - sums[0]) >> 7;
    const int32_t sum3 = (int32_t)(sums[3] - sums[2]) >> 7;
    *out++ = scale_dsp((int32_t)(sums[0] * 2), multipliers[0], shifts[0], rounding);
    *out++ = scale_dsp(sum1, multipliers[1], shifts[1], rounding);
    *out++ = scale_dsp((int32_t)(sums[2] * 2), multipliers[2], shifts[2], rounding);
    *out++ = scale_dsp(sum3, multipliers[3], shifts[3], rounding);
    sums += 4;
    multipliers += next_factors;
    shifts += next_factors;
  }
}

#endif  // AOT_RUNTIME_SCALE_SUMS_DSP_H_
