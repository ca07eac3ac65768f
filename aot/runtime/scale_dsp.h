// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_SCALE_DSP_H_
#define AOT_RUNTIME_SCALE_DSP_H_

#include <stdint.h>

#include "aot/runtime/dsp.h"
#include "aot/runtime/scale_int8.h"

// The same as scale_int8, of twice the sum.
static inline int8_t scale_dsp(int32_t twice, int32_t multiplier, int32_t shift, int32_t rounding) {
#if AOT_DSP
  int32_t x;
  // Rounded to nearest, halves up; then halves away from zero.
  __asm__("smmulr %0, %1, %2" : "=r"(x) : "r"(twice), "r"(multiplier));
  x += x >> 31;
  x = (x >> shift) + rounding;
  __asm__("ssat %0, #8, %1, asr #1" : "=r"(x) : "r"(x) : "cc");
  return (int8_t)x;
#else
  return scale_int8(twice / 2, multiplier, shift, rounding);
#endif
}

#endif  // AOT_RUNTIME_SCALE_DSP_H_
