// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_EXPAND_PAIR_DSP_H_
#define AOT_RUNTIME_EXPAND_PAIR_DSP_H_

#include <stdint.h>

#include "aot/runtime/dsp.h"
#include "aot/runtime/even_bytes.h"
#include "aot/runtime/load_bytes.h"
#include "aot/runtime/odd_bytes.h"

// Inputs of two windows to words as dense_pair_dsp reads them: see expand_dsp. last: how many bytes of the last four
// are inputs; only these are read, and the weights of the others are zeros. Returns the end of the words.
static inline uint32_t* expand_pair_dsp(int32_t count, int32_t last, const int8_t* a,
                                        const int8_t* b, uint32_t* to) {
  const int8_t* const end = a + count / 4 * 4;
#if AOT_DSP
  if (a != end) {
    uint32_t even_a;
    uint32_t even_b;
    uint32_t odd_a;
    uint32_t odd_b;
    __asm__ volatile(
        "1:\n"
        "ldr %[even_a], [%[a]], #4\n"
        "ldr %[even_b], [%[b]], #4\n"
        "sxtb16 %[odd_a], %[even_a], ror #8\n"
        "sxtb16 %[odd_b], %[even_b], ror #8\n"
        "sxtb16 %[even_a], %[even_a]\n"
        "sxtb16 %[even_b], %[even_b]\n"
        "strd %[even_a], %[even_b], [%[to]], #8\n"
        "strd %[odd_a], %[odd_b], [%[to]], #8\n"
        "cmp %[a], %[end]\n"
        "bne 1b\n"
        : [a] "+&r"(a), [b] "+&r"(b), [to] "+&r"(to), [even_a] "=&r"(even_a),
          [even_b] "=&r"(even_b), [odd_a] "=&r"(odd_a), [odd_b] "=&r"(odd_b)
        : [end] "r"(end)
        : "cc", "memory");
  }
#else
  while (a != end) {
    const uint32_t word_a = load_bytes(a, 4);
    const uint32_t word_b = load_bytes(b, 4);
    to[0] = even_bytes(word_a);
    to[1] = even_bytes(word_b);
    to[2] = odd_bytes(word_a);
    to[3] = odd_bytes(word_b);
    a += 4;
    b += 4;
    to += 4;
  }
#endif
  if (count % 4 != 0) {
    const uint32_t word_a = load_bytes(a, last);
    const uint32_t word_b = load_bytes(b, last);
    to[0] = even_bytes(word_a);
    to[1] = even_bytes(word_b);
    to[2] = odd_bytes(word_a);
    to[3] = odd_bytes(word_b);
    to += 4;
  }
  return to;
}

#endif  // AOT_RUNTIME_EXPAND_PAIR_DSP_H_
