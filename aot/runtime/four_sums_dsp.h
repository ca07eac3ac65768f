// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_FOUR_SUMS_DSP_H_
#define AOT_RUNTIME_FOUR_SUMS_DSP_H_

#include <stdint.h>

#include "aot/runtime/dsp.h"
#include "aot/runtime/even_bytes.h"
#include "aot/runtime/load_bytes.h"
#include "aot/runtime/multiply_add_pairs.h"
#include "aot/runtime/odd_bytes.h"

#if AOT_DSP
// Two times two inputs in r7 and r8, and their weights of four outputs.
#define AOT_SIXTEEN_PRODUCTS    \
  "ldr r8, [%[in]], #4\n"       \
  "ldm %[weights]!, {r9-r12}\n" \
  "sxtb16 r7, r8\n"             \
  "sxtb16 r8, r8, ror #8\n"     \
  "smlad r4, r7, r9, r4\n"      \
  "smlad r6, r7, r10, r6\n"     \
  "sxtb16 r9, r9\n"             \
  "sxtb16 r10, r10\n"           \
  "smlad r3, r7, r9, r3\n"      \
  "smlad r5, r7, r10, r5\n"     \
  "smlad r4, r8, r11, r4\n"     \
  "smlad r6, r8, r12, r6\n"     \
  "sxtb16 r11, r11\n"           \
  "sxtb16 r12, r12\n"           \
  "smlad r3, r8, r11, r3\n"     \
  "smlad r5, r8, r12, r5\n"
#endif

// Adds the products of inputs and weights to four sums, of which the second and the fourth have 256 times those of an
// output, too: see struct dense_dsp. fours: of inputs, one at least.
static inline void four_sums_dsp(int32_t fours, const int8_t* in, const uint32_t* weights,
                                 uint32_t* sums) {
#if AOT_DSP
  // The compiler may need any register for itself, so that all are kept here.
  register const int8_t* r0 __asm__("r0") = in;
  register const uint32_t* r1 __asm__("r1") = weights;
  register const int8_t* r2 __asm__("r2") = in + 4 * fours;
  register uint32_t* r3 __asm__("r3") = sums;
  __asm__ volatile(
      "push {r3-r11, lr}\n"
      "mov lr, r2\n"
      "ldm r3, {r3-r6}\n"
      "subs r2, r2, %[in]\n"
      "tst r2, #4\n"
      "bne 2f\n"
      "1:\n" AOT_SIXTEEN_PRODUCTS "2:\n" AOT_SIXTEEN_PRODUCTS
      "cmp %[in], lr\n"
      "bne 1b\n"
      "ldr r2, [sp]\n"
      "stm r2, {r3-r6}\n"
      "pop {r3-r11, lr}\n"
      : [in] "+r"(r0), [weights] "+r"(r1), "+r"(r2)
      : "r"(r3)
      : "r12", "cc", "memory");
#else
  for (; fours > 0; --fours) {
    const uint32_t word = load_bytes(in, 4);
    for (int32_t odd = 0; odd < 2; ++odd) {
      const uint32_t x = odd != 0 ? odd_bytes(word) : even_bytes(word);
      for (int32_t o = 0; o < 4; o += 2) {
        sums[o] = multiply_add_pairs(x, even_bytes(*weights), sums[o]);
        sums[o + 1] = multiply_add_pairs(x, *weights, sums[o + 1]);
        ++weights;
      }
    }
    in += 4;
  }
#endif
}

#endif  // AOT_RUNTIME_FOUR_SUMS_DSP_H_
