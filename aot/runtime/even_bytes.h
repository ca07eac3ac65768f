// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_EVEN_BYTES_H_
#define AOT_RUNTIME_EVEN_BYTES_H_

#include <stdint.h>

#include "aot/runtime/dsp.h"

// The signed bytes 0 and 2 of a word as signed halves.
static inline uint32_t even_bytes(uint32_t word) {
#if AOT_DSP
  uint32_t result;
  __asm__("sxtb16 %0, %1" : "=r"(result) : "r"(word));
  return result;
#else
  const uint32_t bytes = word & 0x00ff00ffu;
  // Bits 8 to 15 of each half are those of its sign.
  return bytes | ((bytes & 0x00800080u) >> 7) * 0xff00u;
#endif
}

#endif  // AOT_RUNTIME_EVEN_BYTES_H_
