// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_TRACE_FILL_INTEGERS_H_
#define AOT_RUNTIME_TRACE_FILL_INTEGERS_H_

#include <stdint.h>

#include "aot/runtime/trace_word.h"

// Writes an input: integers of so many bytes, each with those bits of a word that the mask has.
static inline void trace_fill_integers(uint32_t seed, uint32_t input, uint32_t size, uint32_t bytes,
                                       uint32_t mask, void* to) {
  unsigned char* at = (unsigned char*)to;
  for (uint32_t i = 0; i < size; ++i) {
    uint32_t word = trace_word(seed, input, i) & mask;
    for (uint32_t k = 0; k < bytes; ++k, word >>= 8) *at++ = (unsigned char)(word & 0xFFu);
  }
}

#endif  // AOT_RUNTIME_TRACE_FILL_INTEGERS_H_
