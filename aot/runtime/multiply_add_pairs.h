// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_MULTIPLY_ADD_PAIRS_H_
#define AOT_RUNTIME_MULTIPLY_ADD_PAIRS_H_

#include <stdint.h>

#include "aot/runtime/dsp.h"

// Two products of signed halves of words, added to a sum, which wraps.
static inline uint32_t multiply_add_pairs(uint32_t a, uint32_t b, uint32_t sum) {
#if AOT_DSP
  uint32_t result;
  __asm__("smlad %0, %1, %2, %3" : "=r"(result) : "r"(a), "r"(b), "r"(sum));
  return result;
#else
  const int32_t low = (int16_t)(a & 0xffffu) * (int16_t)(b & 0xffffu);
  const int32_t high = (int16_t)(a >> 16) * (int16_t)(b >> 16);
  return sum + (uint32_t)low + (uint32_t)high;
#endif
}

#endif  // AOT_RUNTIME_MULTIPLY_ADD_PAIRS_H_
