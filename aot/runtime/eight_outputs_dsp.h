// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_EIGHT_OUTPUTS_DSP_H_
#define AOT_RUNTIME_EIGHT_OUTPUTS_DSP_H_

#include <stdint.h>

#include "aot/runtime/dsp.h"
#include "aot/runtime/even_bytes.h"
#include "aot/runtime/load_bytes.h"
#include "aot/runtime/multiply_add_pairs.h"
#include "aot/runtime/odd_bytes.h"
#include "aot/runtime/scale_dsp.h"

// What eight_outputs_dsp has to do. A block of eight outputs has eight biases, weights, and of each four of its outputs
// the first multiplier, the four shifts as bytes, and the other multipliers. Of each four inputs there are words of
// weights for the first and third one, of two outputs each, then those for the other two: see struct dense_dsp.
// The order of the fields counts.
struct eight_outputs_dsp {
  // The end of the inputs, which come in fours.
  const int8_t* in_end;
  int32_t rounding;
  int8_t* out;
  // The end of the blocks.
  const uint32_t* end;
  const int8_t* in;
  const uint32_t* blocks;
};

#if AOT_DSP
// Two inputs, and their weights of four outputs: 28 bytes of code.
#define AOT_TWO_BY_FOUR(in, a, b, c, d) \
  "ldrd r12, lr, [r1], #8\n"            \
  "smlad " b ", " in ", r12, " b "\n"   \
  "smlad " d ", " in ", lr, " d "\n"    \
  "sxtb16 r12, r12\n"                   \
  "sxtb16 lr, lr\n"                     \
  "smlad " a ", " in ", r12, " a "\n"   \
  "smlad " c ", " in ", lr, " c "\n"
// Four inputs and eight outputs: 124 bytes of code.
#define AOT_FOUR_BY_EIGHT                                                   \
  "ldr r11, [r0], #4\n"                                                     \
  "sxtb16 r2, r11\n"                                                        \
  "sxtb16 r11, r11, ror #8\n" AOT_TWO_BY_FOUR("r2", "r3", "r4", "r5", "r6") \
      AOT_TWO_BY_FOUR("r2", "r7", "r8", "r9", "r10")                        \
          AOT_TWO_BY_FOUR("r11", "r3", "r4", "r5", "r6")                    \
              AOT_TWO_BY_FOUR("r11", "r7", "r8", "r9", "r10")
// Twice the sum of one output, and twice that of the next one, which was 256 times as large beside it.
#define AOT_TWICE(low, both)          \
  "sub " both ", " both ", " low "\n" \
  "asr " both ", " both ", #7\n"      \
  "lsl " low ", " low ", #1\n"
// Of a sum the output: as in four_outputs_dsp.h.
#define AOT_SCALE_ONE(a)           \
  "lsl r12, r0, r11\n"             \
  "add r12, r12, " a ", asr #31\n" \
  "smmlar " a ", " a ", r2, r12\n" \
  "asr " a ", " a ", r11\n"        \
  "ssat " a ", #8, " a ", asr #1\n"
#define AOT_NEXT_OUTPUT \
  "ldr r2, [r1], #4\n"  \
  "lsr r11, r11, #8\n"
#define AOT_SCALE_FOUR(a, b, c, d)                                         \
  "ldm r1!, {r2, r11}\n" AOT_SCALE_ONE(a) AOT_NEXT_OUTPUT AOT_SCALE_ONE(b) \
  AOT_NEXT_OUTPUT                                                          \
  AOT_SCALE_ONE(c)                                                         \
  AOT_NEXT_OUTPUT AOT_SCALE_ONE(d) "bfi " a ", " b ", #8, #8\n"            \
                                   "bfi " a ", " c ", #16, #8\n"           \
                                   "bfi " a ", " d ", #24, #8\n"
#endif

// Outputs of a row, as many times eight as there are; one block and four inputs at least.
static inline void eight_outputs_dsp(const struct eight_outputs_dsp* layer) {
#if AOT_DSP
  // All registers are used. The compiler may need any for itself, so that all are kept here.
  register const struct eight_outputs_dsp* r12 __asm__("r12") = layer;
  // clang-format off
  __asm__ volatile(
      "push {r0-r12, lr}\n"
      "ldm r12, {r2-r7}\n"
      "mov r1, r7\n"
      // Fours of inputs are summed four at a time: how many bytes of code are left out the first time.
      "sub r7, r6, r2\n"
      "ubfx r7, r7, #2, #2\n"
      "mov r8, #124\n"
      "mul r7, r7, r8\n"
      "push {r2-r7}\n"
      "2:\n"
      // Sums begin with the biases.
      "ldm r1!, {r3-r10}\n"
      "ldrd r0, r2, [sp, #16]\n"
      // To what comes four bytes after it, or later.
      "add pc, r2\n"
      "nop.n\n"
      "1:\n"
      AOT_FOUR_BY_EIGHT AOT_FOUR_BY_EIGHT AOT_FOUR_BY_EIGHT AOT_FOUR_BY_EIGHT
      "ldr r2, [sp]\n"
      "cmp r0, r2\n"
      "bne 1b\n"
      AOT_TWICE("r3", "r4")
      AOT_TWICE("r5", "r6")
      AOT_TWICE("r7", "r8")
      AOT_TWICE("r9", "r10")
      "ldr r0, [sp, #4]\n"
      AOT_SCALE_FOUR("r3", "r4", "r5", "r6")
      AOT_SCALE_FOUR("r7", "r8", "r9", "r10")
      "ldr r2, [sp, #8]\n"
      "str r3, [r2], #4\n"
      "str r7, [r2], #4\n"
      "str r2, [sp, #8]\n"
      "ldr r2, [sp, #12]\n"
      "cmp r1, r2\n"
      "bne 2b\n"
      "add sp, sp, #24\n"
      "pop {r0-r12, lr}\n"
      :
      : "r"(r12)
      : "cc", "memory");
  // clang-format on
#else
  int8_t* out = layer->out;
  const uint32_t* words = layer->blocks;
  while (words != layer->end) {
    uint32_t sums[8];
    for (int32_t o = 0; o < 8; ++o) sums[o] = *words++;
    for (const int8_t* in = layer->in; in != layer->in_end; in += 4) {
      const uint32_t four = load_bytes(in, 4);
      const uint32_t pairs[2] = {even_bytes(four), odd_bytes(four)};
      for (int32_t p = 0; p < 2; ++p) {
        for (int32_t o = 0; o < 8; o += 2) {
          const uint32_t both = *words++;
          sums[o] = multiply_add_pairs(pairs[p], even_bytes(both), sums[o]);
          sums[o + 1] = multiply_add_pairs(pairs[p], both, sums[o + 1]);
        }
      }
    }
    for (int32_t o = 0; o < 8; ++o) {
      const int32_t sum =
          o % 2 != 0 ? (int32_t)(sums[o] - sums[o - 1]) >> 7 : (int32_t)(sums[o] * 2);
      // The shifts of four outputs come after the first one's multiplier.
      const uint32_t* factors = words + o / 4 * 5;
      const int32_t multiplier = (int32_t)factors[o % 4 == 0 ? 0 : o % 4 + 1];
      const int32_t shift = factors[1] >> 8 * (o % 4) & 0xffu;
      *out++ = scale_dsp(sum, multiplier, shift, layer->rounding);
    }
    words += 10;
  }
#endif
}

#endif  // AOT_RUNTIME_EIGHT_OUTPUTS_DSP_H_
