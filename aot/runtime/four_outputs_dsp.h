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
  // What two windows see: their words by turns.
  const uint32_t *in, *end;
  const int32_t *bias, *multipliers;
  const int8_t* shifts;
  int8_t *out_a, *out_b;
  int32_t rounding, next_factors;
  // How many times there are four outputs.
  int32_t blocks;
  const uint32_t* weights;
};

#if AOT_DSP
// Inputs of both windows in r2 and r11, weights of four outputs in r12 and lr.
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

// See scale_dsp.
#define AOT_SCALE_TWO(a, b, place, factor) \
  "ldr r11, [r12, #" factor "]\n"          \
  "smmulr " a ", " a ", r11\n"             \
  "smmulr " b ", " b ", r11\n"             \
  "ldrsb r11, [lr, #" place "]\n"          \
  "add " a ", " a ", " a ", asr #31\n"     \
  "add " b ", " b ", " b ", asr #31\n"     \
  "asr " a ", " a ", r11\n"                \
  "asr " b ", " b ", r11\n"                \
  "add " a ", " a ", r1\n"                 \
  "add " b ", " b ", r1\n"                 \
  "ssat " a ", #8, " a ", asr #1\n"        \
  "ssat " b ", #8, " b ", asr #1\n"        \
  "strb " a ", [r0, #" place "]\n"         \
  "strb " b ", [r2, #" place "]\n"
#endif

// Outputs of two windows, as many times four as there are; what is in the struct moves on. One block at least.
static inline void four_outputs_dsp(struct four_outputs_dsp* layer) {
#if AOT_DSP
  // All registers are used. The compiler may need any for itself, so that all are kept here.
  register struct four_outputs_dsp* r12 __asm__("r12") = layer;
  __asm__ volatile(
      "push {r0-r12, lr}\n"
      "sub sp, sp, #44\n"
      "ldm r12, {r0-r10}\n"
      "stm sp, {r0-r10}\n"
      "mov r1, r10\n"
      "3:\n"
      "ldrd r0, r2, [sp]\n"
      "ldr r12, [sp, #8]\n"
      "ldm r12!, {r3-r6}\n"
      "str r12, [sp, #8]\n"
      "add r4, r3, r4, lsl #8\n"
      "add r6, r5, r6, lsl #8\n"
      "mov r7, r3\n"
      "mov r8, r4\n"
      "mov r9, r5\n"
      "mov r10, r6\n"
      "subs r2, r2, r0\n"
      "tst r2, #16\n"
      "bne 2f\n"
      "1:\n" AOT_EIGHT_PRODUCTS AOT_EIGHT_PRODUCTS "2:\n" AOT_EIGHT_PRODUCTS AOT_EIGHT_PRODUCTS
      "ldr r2, [sp, #4]\n"
      "cmp r0, r2\n"
      "bne 1b\n" AOT_APART("r3", "r4") AOT_APART("r5", "r6") AOT_APART("r7", "r8") AOT_APART(
          "r9", "r10") "str r1, [sp, #40]\n"
                       "ldrd r12, lr, [sp, #12]\n"
                       "ldrd r0, r2, [sp, #20]\n"
                       "ldr r1, [sp, #28]\n" AOT_SCALE_TWO("r3", "r7", "0", "0")
                           AOT_SCALE_TWO("r4", "r8", "1", "4") AOT_SCALE_TWO("r5", "r9", "2", "8")
                               AOT_SCALE_TWO("r6", "r10", "3", "12") "adds r0, r0, #4\n"
                                                                     "adds r2, r2, #4\n"
                                                                     "strd r0, r2, [sp, #20]\n"
                                                                     "ldrd r2, r3, [sp, #32]\n"
                                                                     "add r12, r12, r2, lsl #2\n"
                                                                     "add lr, lr, r2\n"
                                                                     "strd r12, lr, [sp, #12]\n"
                                                                     "ldr r1, [sp, #40]\n"
                                                                     "subs r3, r3, #1\n"
                                                                     "str r3, [sp, #36]\n"
                                                                     "bne 3b\n"
                                                                     "ldm sp, {r0-r10}\n"
                                                                     "ldr r12, [sp, #92]\n"
                                                                     "stm r12, {r0-r10}\n"
                                                                     "add sp, sp, #44\n"
                                                                     "pop {r0-r12, lr}\n"
      :
      : "r"(r12)
      : "cc", "memory");
#else
  for (; layer->blocks > 0; --layer->blocks) {
    uint32_t a[4];
    a[0] = (uint32_t)layer->bias[0];
    a[1] = a[0] + ((uint32_t)layer->bias[1] << 8);
    a[2] = (uint32_t)layer->bias[2];
    a[3] = a[2] + ((uint32_t)layer->bias[3] << 8);
    uint32_t b[4] = {a[0], a[1], a[2], a[3]};
    for (const uint32_t* in = layer->in; in != layer->end; in += 2) {
      for (int32_t o = 0; o < 4; o += 2) {
        const uint32_t both = *layer->weights++;
        a[o] = multiply_add_pairs(in[0], even_bytes(both), a[o]);
        b[o] = multiply_add_pairs(in[1], even_bytes(both), b[o]);
        a[o + 1] = multiply_add_pairs(in[0], both, a[o + 1]);
        b[o + 1] = multiply_add_pairs(in[1], both, b[o + 1]);
      }
    }
    for (int32_t o = 0; o < 4; ++o) {
      const int32_t sum_a = o % 2 != 0 ? (int32_t)(a[o] - a[o - 1]) >> 7 : (int32_t)(a[o] * 2);
      const int32_t sum_b = o % 2 != 0 ? (int32_t)(b[o] - b[o - 1]) >> 7 : (int32_t)(b[o] * 2);
      const int32_t multiplier = layer->multipliers[o];
      *layer->out_a++ = scale_dsp(sum_a, multiplier, layer->shifts[o], layer->rounding);
      *layer->out_b++ = scale_dsp(sum_b, multiplier, layer->shifts[o], layer->rounding);
    }
    layer->bias += 4;
    layer->multipliers += layer->next_factors;
    layer->shifts += layer->next_factors;
  }
#endif
}

#endif  // AOT_RUNTIME_FOUR_OUTPUTS_DSP_H_
