// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_MULTIPLY_ADD_LOW_HIGH_H_
#define AOT_RUNTIME_MULTIPLY_ADD_LOW_HIGH_H_

#include <stdint.h>

#include "aot/runtime/dsp.h"

// The low half of a times the high half of b, both signed, added to a sum, which wraps.
static inline uint32_t multiply_add_low_high(uint32_t a, uint32_t b, uint32_t sum) {
#if AOT_DSP
  uint32_t result;
  __asm__("smlabt %0, %1, %2, %3" : "=r"(result) : "r"(a), "r"(b), "r"(sum));
  return result;
#else
  return sum + (uint32_t)((int16_t)(a & 0xffffu) * (int16_t)(b >> 16));
#endif
}

#endif  // AOT_RUNTIME_MULTIPLY_ADD_LOW_HIGH_H_
