// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_ODD_BYTES_H_
#define AOT_RUNTIME_ODD_BYTES_H_

#include <stdint.h>

#include "aot/runtime/dsp.h"
#include "aot/runtime/even_bytes.h"

// The signed bytes 1 and 3 of a word as signed halves.
static inline uint32_t odd_bytes(uint32_t word) {
#if AOT_DSP
  uint32_t result;
  __asm__("sxtb16 %0, %1, ror #8" : "=r"(result) : "r"(word));
  return result;
#else
  return even_bytes(word >> 8);
#endif
}

#endif  // AOT_RUNTIME_ODD_BYTES_H_
