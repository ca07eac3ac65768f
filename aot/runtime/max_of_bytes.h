// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_MAX_OF_BYTES_H_
#define AOT_RUNTIME_MAX_OF_BYTES_H_

#include <stdint.h>

#include "aot/runtime/dsp.h"

// The higher ones of the signed bytes of two words.
static inline uint32_t max_of_bytes(uint32_t a, uint32_t b) {
  uint32_t result;
#if AOT_DSP
  // Which bytes of the first one are not lower; they are taken.
  __asm__("ssub8 %0, %1, %2\n\tsel %0, %1, %2" : "=&r"(result) : "r"(a), "r"(b) : "cc");
#else
  result = 0;
  for (int32_t i = 0; i < 32; i += 8) {
    const uint32_t x = a >> i & 0xffu;
    const uint32_t y = b >> i & 0xffu;
    // In the order of their numbers if the sign is turned.
    result |= ((x ^ 0x80u) > (y ^ 0x80u) ? x : y) << i;
  }
#endif
  return result;
}

#endif  // AOT_RUNTIME_MAX_OF_BYTES_H_
