// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_TRACE_WORD_H_
#define AOT_RUNTIME_TRACE_WORD_H_

#include <stdint.h>

// 32 bits that look random: of element i of an input of the model. aot/seeded_inputs.py makes the same ones.
static inline uint32_t trace_word(uint32_t seed, uint32_t input, uint32_t i) {
  uint32_t word = seed * 0x9E3779B9u + input * 0x7F4A7C15u + i;
  word = (word ^ (word >> 16)) * 0x85EBCA6Bu;
  word = (word ^ (word >> 13)) * 0xC2B2AE35u;
  return word ^ (word >> 16);
}

#endif  // AOT_RUNTIME_TRACE_WORD_H_
