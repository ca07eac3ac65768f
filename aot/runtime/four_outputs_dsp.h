// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_FOUR_OUTPUTS_DSP_H_
#define AOT_RUNTIME_FOUR_OUTPUTS_DSP_H_

#include <stdint.h>

#include "aot/runtime/dsp.h"
#include "aot/runtime/even_bytes.h"
#include "aot/runtime/multiply_add_pairs.h"
#include "aot/runtime/scale_dsp.h"

// What dense_pair_dsp has to do: see struct dense_dsp. The order counts.
struct four_outputs_dsp {
  // The end of what two windows see.
  const uint32_t* in_end;
  int32_t rounding;
  int8_t *out_a, *out_b;
  // The end of the blocks of four outputs.
  const uint32_t* end;
  // What two windows see: their words by turns.
  const uint32_t* in;
  const uint32_t* blocks;
};

#if AOT_DSP
// Inputs of both windows in r2 and r11, weights of four outputs in r12 and lr: 48 bytes of code.
#define AOT_EIGHT_PRODUCTS    \
  "ldrd r2, r11, [r0], #8\n"  \
  "ldrd r12, lr, [r1], #8\n"  \
  "smlad r4, r2, r12, r4\n"   \
  "smlad r8, r11, r12, r8\n"  \
  "sxtb16 r12, r12\n"         \
  "smlad r6, r2, lr, r6\n"    \
  "smlad r10, r11, lr, r10\n" \
  "sxtb16 lr, lr\n"           \
  "smlad r3, r2, r12, r3\n"   \
  "smlad r7, r11, r12, r7\n"  \
  "smlad r5, r2, lr, r5\n"    \
  "smlad r9, r11, lr, r9\n"

// Of a sum with 256 times its own: twice this; twice the other one.
#define AOT_APART(low, both)          \
  "sub " both ", " both ", " low "\n" \
  "asr " both ", " both ", #7\n"      \
  "lsl " low ", " low ", #1\n"

// Of two sums the outputs: as scale_dsp, but the rounding in r0 is shifted and added before the shift, whose number of
// bits is in the lowest byte of r11. The sign of the sum serves for that of the product: where they differ, the
// product is 0, and what is taken off is rounded away. The multiplier is in r2.
#define AOT_SCALE_TWO(a, b)         \
  "lsl r12, r0, r11\n"              \
  "add lr, r12, " a ", asr #31\n"   \
  "smmlar " a ", " a ", r2, lr\n"   \
  "add r12, r12, " b ", asr #31\n"  \
  "smmlar " b ", " b ", r2, r12\n"  \
  "asr " a ", " a ", r11\n"         \
  "asr " b ", " b ", r11\n"         \
  "ssat " a ", #8, " a ", asr #1\n" \
  "ssat " b ", #8, " b ", asr #1\n"
#define AOT_NEXT_FACTORS \
  "ldr r2, [r1], #4\n"   \
  "lsr r11, r11, #8\n"
// Two outputs, and two outputs, to bytes of a word.
#define AOT_INTO_WORD(word, second, third, fourth) \
  "bfi " word ", " second ", #8, #8\n"             \
  "bfi " word ", " third ", #16, #8\n"             \
  "bfi " word ", " fourth ", #24, #8\n"
#endif

// Outputs of two windows, as many times four as there are; one block at least.
static inline void four_outputs_dsp(const struct four_outputs_dsp* layer) {
#if AOT_DSP
  // All registers are used. The compiler may need any for itself, so that all are kept here.
  register const struct four_outputs_dsp* r12 __asm__("r12") = layer;
  // clang-format off
  __asm__ volatile(
      "push {r0-r12, lr}\n"
      "ldm r12, {r2-r8}\n"
      "mov r1, r8\n"
      // Fours of inputs are summed four at a time: how many bytes of code are left out the first time.
      "sub r8, r7, r2\n"
      "ubfx r8, r8, #4, #2\n"
      "mov r9, #96\n"
      "mul r8, r8, r9\n"
      "sub sp, sp, #28\n"
      "stm sp, {r2-r8}\n"
      "2:\n"
      // Sums begin with the biases.
      "ldm r1, {r3-r6}\n"
      "ldm r1!, {r7-r10}\n"
      "ldrd r0, r2, [sp, #20]\n"
      // To what comes four bytes after it, or later.
      "add pc, r2\n"
      "nop.n\n"
      "1:\n"
      AOT_EIGHT_PRODUCTS AOT_EIGHT_PRODUCTS AOT_EIGHT_PRODUCTS AOT_EIGHT_PRODUCTS
      AOT_EIGHT_PRODUCTS AOT_EIGHT_PRODUCTS AOT_EIGHT_PRODUCTS AOT_EIGHT_PRODUCTS
      "ldr r2, [sp]\n"
      "cmp r0, r2\n"
      "bne 1b\n"
      AOT_APART("r3", "r4")
      AOT_APART("r5", "r6")
      AOT_APART("r7", "r8")
      AOT_APART("r9", "r10")
      "ldr r0, [sp, #4]\n"
      "ldm r1!, {r2, r11}\n"
      AOT_SCALE_TWO("r3", "r7")
      AOT_NEXT_FACTORS
      AOT_SCALE_TWO("r4", "r8")
      AOT_NEXT_FACTORS
      AOT_SCALE_TWO("r5", "r9")
      AOT_NEXT_FACTORS
      AOT_SCALE_TWO("r6", "r10")
      AOT_INTO_WORD("r3", "r4", "r5", "r6")
      AOT_INTO_WORD("r7", "r8", "r9", "r10")
      "ldrd r0, r2, [sp, #8]\n"
      "str r3, [r0], #4\n"
      "str r7, [r2], #4\n"
      "strd r0, r2, [sp, #8]\n"
      "ldr r2, [sp, #16]\n"
      "cmp r1, r2\n"
      "bne 2b\n"
      "add sp, sp, #28\n"
      "pop {r0-r12, lr}\n"
      :
      : "r"(r12)
      : "cc", "memory");
  // clang-format on
#else
  int8_t* out_a = layer->out_a;
  int8_t* out_b = layer->out_b;
  const uint32_t* words = layer->blocks;
  while (words != layer->end) {
    uint32_t a[4] = {words[0], words[1], words[2], words[3]};
    uint32_t b[4] = {a[0], a[1], a[2], a[3]};
    words += 4;
    for (const uint32_t* in = layer->in; in != layer->in_end; in += 2) {
      for (int32_t o = 0; o < 4; o += 2) {
        const uint32_t both = *words++;
        a[o] = multiply_add_pairs(in[0], even_bytes(both), a[o]);
        b[o] = multiply_add_pairs(in[1], even_bytes(both), b[o]);
        a[o + 1] = multiply_add_pairs(in[0], both, a[o + 1]);
        b[o + 1] = multiply_add_pairs(in[1], both, b[o + 1]);
      }
    }
    for (int32_t o = 0; o < 4; ++o) {
      const int32_t sum_a = o % 2 != 0 ? (int32_t)(a[o] - a[o - 1]) >> 7 : (int32_t)(a[o] * 2);
      const int32_t sum_b = o % 2 != 0 ? (int32_t)(b[o] - b[o - 1]) >> 7 : (int32_t)(b[o] * 2);
      // The shifts of all four come after the first multiplier.
      const int32_t multiplier = (int32_t)words[o == 0 ? 0 : o + 1];
      const int32_t shift = words[1] >> 8 * o & 0xffu;
      *out_a++ = scale_dsp(sum_a, multiplier, shift, layer->rounding);
      *out_b++ = scale_dsp(sum_b, multiplier, shift, layer->rounding);
    }
    words += 5;
  }
#endif
}

#endif  // AOT_RUNTIME_FOUR_OUTPUTS_DSP_H_
