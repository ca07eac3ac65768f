// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_DEPTHWISE_FOURS_MVE_H_
#define AOT_RUNTIME_DEPTHWISE_FOURS_MVE_H_

#include <stdint.h>

#include "aot/runtime/dense_int8.h"
#include "aot/runtime/depthwise_3x3.h"
#include "aot/runtime/depthwise_tiles_mve.h"
#include "aot/runtime/mve.h"
#include "aot/runtime/output_mve.h"
#include "aot/runtime/requantization.h"

#if AOT_MVE
// Four outputs: each window begins two columns after the one before.
#define AOT_FOUR                \
  "vldrw.u32 q0, [q5, #128]!\n" \
  "vmladav.s8 r0, q0, q1\n"     \
  "vldrw.u32 q2, [q5, #128]!\n" \
  "vmladav.s8 r2, q2, q1\n"     \
  "vldrw.u32 q0, [q5, #128]!\n" \
  "vmladav.s8 r4, q0, q1\n"     \
  "vldrw.u32 q2, [q5, #128]!\n" \
  "vmladav.s8 r6, q2, q1\n" AOT_SCALE_FOUR
#endif

// Outputs with stride 2. Columns are there for four outputs where some are left.
AOT_NOT_INLINED static void depthwise_fours_mve(struct depthwise_block* block) {
#if AOT_MVE
  // See depthwise_tiles_mve.
  register struct depthwise_block* r12 __asm__("r12") = block;
  __asm__ volatile(
      "push {r0-r12, lr}\n"
      "mov r8, r12\n"
      "ldr r10, [r8, #8]\n"
      "ldrd r12, r11, [r8, #24]\n"
      "mov r9, #1\n"
      "vldrw.u32 q6, [r8, #72]\n"
      "1:\n"
      "movs r0, #12\n"
      "vctp.8 r0\n"
      "vpst\n"
      "vldrbt.u8 q1, [r10]\n"
      "ldrd r3, r5, [r10, #12]\n"
      "ldr r7, [r10, #20]\n"
      "add r10, r10, #24\n"
      "ldrd r0, r1, [r8]\n"
      "vldrw.u32 q5, [r8, #56]\n"
      "vadd.i32 q5, q5, r0\n"
      "adds r0, r0, #4\n"
      "add r2, r1, #1\n"
      "ldrd r4, r6, [r8, #12]\n"
      "strd r0, r2, [r8]\n"
      "subs r4, r4, #1\n"
      "str r4, [r8, #12]\n"
      "wls lr, r6, 3f\n"
      "2:\n" AOT_FOUR
      "vstrb.32 q0, [r1, q6]\n"
      "add r1, r1, r12\n"
      "le lr, 2b\n"
      "3:\n"
      "ldr r0, [r8, #20]\n"
      "cbz r0, 4f\n"
      "vctp.32 r0\n" AOT_FOUR
      "vpst\n"
      "vstrbt.32 q0, [r1, q6]\n"
      "4:\n"
      "ldr r0, [r8, #12]\n"
      "cmp r0, #0\n"
      "bne 1b\n"
      "pop {r0-r12, lr}\n"
      :
      : "r"(r12)
      : "cc", "memory", AOT_PREDICATES, "q0", "q1", "q2", "q5", "q6");
#else
  const struct requantization to = {block->zero_point, -128, 127};
  for (; block->channels > 0; --block->channels) {
    const int32_t* const record = block->records;
    for (int32_t x = 0; x < 4 * block->whole + block->left; ++x) {
      int32_t sum = record[3];
      for (int32_t i = 0; i < 12; ++i) {
        const int8_t weight = (int8_t)((uint32_t)record[i / 4] >> (i % 4 * 8));
        sum += block->columns[(2 * x + i / 4) * kDepthwiseColumn + i % 4] * weight;
      }
      block->out[x / 4 * block->next_out + block->to[x % 4]] =
          output_mve(sum, record[4], record[5], &to);
    }
    block->records += 6;
    block->columns += 4;
    ++block->out;
  }
#endif
}

#endif  // AOT_RUNTIME_DEPTHWISE_FOURS_MVE_H_
