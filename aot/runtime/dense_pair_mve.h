// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_DENSE_PAIR_MVE_H_
#define AOT_RUNTIME_DENSE_PAIR_MVE_H_

#include <stdint.h>

#include "aot/runtime/dense_int8.h"
#include "aot/runtime/dense_mve.h"
#include "aot/runtime/mve.h"
#include "aot/runtime/requantization.h"
#include "aot/runtime/store_four_mve.h"

#if AOT_MVE
// Sums of two outputs in r0 and r4 for row a, in r2 and r6 for row b. Tail predication: of the last 16 inputs, only those
// that are there are read.
#define AOT_TWO_BY_TWO       \
  "ldrd r0, r4, [r9], #8\n"  \
  "ldrd r1, r3, [r8]\n"      \
  "mov r2, r0\n"             \
  "mov r6, r4\n"             \
  "dlstp.8 lr, r10\n"        \
  "1:\n"                     \
  "vldrb.u8 q0, [r1], #16\n" \
  "vldrb.u8 q1, [r5], #16\n" \
  "vmladava.s8 r0, q0, q1\n" \
  "vldrb.u8 q2, [r3], #16\n" \
  "vmladava.s8 r2, q2, q1\n" \
  "vldrb.u8 q3, [r5], #16\n" \
  "vmladava.s8 r4, q0, q3\n" \
  "vmladava.s8 r6, q2, q3\n" \
  "letp lr, 1b\n"

// Sums of four outputs in q4 and q5 to outputs: see store_four_mve. r2 and r4 are where they go.
#define AOT_SCALE_FOUR_OF_TWO \
  "vldrw.u32 q0, [r7]\n"      \
  "vldrb.s32 q1, [r7, #16]\n" \
  "movs r0, #1\n"             \
  "ldr r1, [r8, #40]\n"       \
  "vqrdmulh.s32 q4, q4, q0\n" \
  "vqrdmulh.s32 q5, q5, q0\n" \
  "vqdmlah.s32 q4, q4, r0\n"  \
  "vqdmlah.s32 q5, q5, r0\n"  \
  "vrshl.s32 q4, q4, q1\n"    \
  "vrshl.s32 q5, q5, q1\n"    \
  "vadd.i32 q4, q4, r1\n"     \
  "vadd.i32 q5, q5, r1\n"     \
  "ldrd r2, r4, [r8, #8]\n"   \
  "vmax.s32 q4, q4, q6\n"     \
  "vmax.s32 q5, q5, q6\n"     \
  "vmin.s32 q4, q4, q7\n"     \
  "vmin.s32 q5, q5, q7\n"
#endif

// All outputs of both rows. out_a and out_b move on.
AOT_NOT_INLINED static void dense_pair_mve(struct dense_mve* layer) {
#if AOT_MVE
  // All registers are used. The compiler may need any for itself, so that all are kept here.
  register struct dense_mve* r12 __asm__("r12") = layer;
  __asm__ volatile(
      "push {r0-r12, lr}\n"
      "mov r8, r12\n"
      "ldrd r0, r2, [r8, #44]\n"
      "vdup.32 q6, r0\n"
      "vdup.32 q7, r2\n"
      "ldrd r10, r12, [r8, #16]\n"
      "ldrd r5, r9, [r8, #24]\n"
      "ldrd r7, r11, [r8, #32]\n"
      "lsl r11, r11, #2\n"
      "subs r12, r12, #4\n"
      "blt 3f\n"
      "2:\n" AOT_TWO_BY_TWO
      "vmov q4[2], q4[0], r0, r4\n"
      "vmov q5[2], q5[0], r2, r6\n" AOT_TWO_BY_TWO
      "vmov q4[3], q4[1], r0, r4\n"
      "vmov q5[3], q5[1], r2, r6\n" AOT_SCALE_FOUR_OF_TWO
      "add r7, r7, r11\n"
      "vstrb.32 q4, [r2], #4\n"
      "vstrb.32 q5, [r4], #4\n"
      "strd r2, r4, [r8, #8]\n"
      "subs r12, r12, #4\n"
      "bge 2b\n"
      // One to three outputs are left, or none.
      "3:\n"
      "adds r12, r12, #4\n"
      "beq 6f\n" AOT_TWO_BY_TWO
      "cmp r12, #2\n"
      "bgt 4f\n"
      "vmov.32 q4[0], r0\n"
      "vmov.32 q4[1], r4\n"
      "vmov.32 q5[0], r2\n"
      "vmov.32 q5[1], r6\n"
      "b 5f\n"
      "4:\n"
      "vmov q4[2], q4[0], r0, r4\n"
      "vmov q5[2], q5[0], r2, r6\n" AOT_TWO_BY_TWO
      "vmov q4[3], q4[1], r0, r4\n"
      "vmov q5[3], q5[1], r2, r6\n"
      "5:\n" AOT_SCALE_FOUR_OF_TWO
      "vctp.32 r12\n"
      "vpstt\n"
      "vstrbt.32 q4, [r2]\n"
      "vstrbt.32 q5, [r4]\n"
      "6:\n"
      "pop {r0-r12, lr}\n"
      :
      : "r"(r12)
      : "cc", "memory", AOT_PREDICATES, "q0", "q1", "q2", "q3", "q4", "q5", "q6", "q7");
#else
  const int8_t* weights = layer->weights;
  const int32_t* bias = layer->bias;
  const int32_t* factors = layer->factors;
  const struct requantization to = {layer->zero_point, layer->lowest, layer->highest};
  for (int32_t left = layer->outputs; left > 0; left -= 4) {
    int32_t sums_a[4] = {0};
    int32_t sums_b[4] = {0};
    // From the first one of two outputs to the other one.
    const int32_t apart = left > 2 ? 2 : 1;
    for (int32_t o = 0; o < apart; ++o) {
      for (int32_t i = 0; i < layer->inputs; ++i) {
        const int8_t* const w = weights + i / 16 * 32 + i % 16;
        sums_a[o] += layer->a[i] * w[0];
        sums_a[o + apart] += layer->a[i] * w[16];
        sums_b[o] += layer->b[i] * w[0];
        sums_b[o + apart] += layer->b[i] * w[16];
      }
      sums_a[o] += bias[0];
      sums_a[o + apart] += bias[1];
      sums_b[o] += bias[0];
      sums_b[o + apart] += bias[1];
      weights += (layer->inputs + 15) / 16 * 32;
      bias += 2;
    }
    store_four_mve(sums_a, factors, &to, left, layer->out_a);
    store_four_mve(sums_b, factors, &to, left, layer->out_b);
    layer->out_a += 4;
    layer->out_b += 4;
    factors += layer->next_factors;
  }
#endif
}

#endif  // AOT_RUNTIME_DENSE_PAIR_MVE_H_
