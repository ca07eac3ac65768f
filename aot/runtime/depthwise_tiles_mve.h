// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_DEPTHWISE_TILES_MVE_H_
#define AOT_RUNTIME_DEPTHWISE_TILES_MVE_H_

#include <stdint.h>

#include "aot/runtime/dense_int8.h"
#include "aot/runtime/depthwise_3x3.h"
#include "aot/runtime/mve.h"
#include "aot/runtime/output_mve.h"
#include "aot/runtime/requantization.h"

#if AOT_MVE
// Sums in r0, r2, r4 and r6 to four outputs in q0: see store_four_mve.
#define AOT_SCALE_FOUR          \
  "vmov q0[2], q0[0], r0, r4\n" \
  "vmov q0[3], q0[1], r2, r6\n" \
  "vadd.i32 q0, q0, r3\n"       \
  "vqrdmulh.s32 q0, q0, r5\n"   \
  "vqdmlah.s32 q0, q0, r9\n"    \
  "vrshl.s32 q0, r7\n"          \
  "vadd.i32 q0, q0, r11\n"      \
  "vqmovnb.s32 q0, q0\n"        \
  "vqmovnb.s16 q0, q0\n"

// Four columns of four places, 16 bytes, have all that two by two windows see.
#define AOT_TILE                \
  "vldrw.u32 q0, [q5, #128]!\n" \
  "vmladav.s8 r0, q0, q1\n"     \
  "vmladav.s8 r2, q0, q2\n"     \
  "vmladav.s8 r4, q0, q3\n"     \
  "vmladav.s8 r6, q0, q4\n" AOT_SCALE_FOUR "vstrb.32 q0, [r1, q6]\n"
#endif

// Outputs with stride 1.
AOT_NOT_INLINED static void depthwise_tiles_mve(struct depthwise_block* block) {
#if AOT_MVE
  // All registers are used. The compiler may need any for itself, so that all are kept here.
  register struct depthwise_block* r12 __asm__("r12") = block;
  __asm__ volatile(
      "push {r0-r12, lr}\n"
      "mov r8, r12\n"
      "ldr r10, [r8, #8]\n"
      "ldrd r12, r11, [r8, #24]\n"
      "mov r9, #1\n"
      "vldrw.u32 q6, [r8, #72]\n"
      "movs r0, #12\n"
      "vctp.8 r0\n"
      // A channel. Windows begin 0, 4, 1 and 5 bytes later, and so do their weights.
      "1:\n"
      "vpst\n"
      "vldrbt.u8 q1, [r10]\n"
      "ldrd r3, r5, [r10, #12]\n"
      "vstrb.8 q1, [r8, #37]\n"
      "ldr r7, [r10, #20]\n"
      "vldrb.u8 q2, [r8, #33]\n"
      "add r10, r10, #24\n"
      "vldrb.u8 q3, [r8, #36]\n"
      "ldrd r0, r1, [r8]\n"
      "vldrb.u8 q4, [r8, #32]\n"
      "add r2, r1, #1\n"
      "vldrw.u32 q5, [r8, #56]\n"
      "vadd.i32 q5, q5, r0\n"
      "adds r0, r0, #4\n"
      "ldrd r4, r6, [r8, #12]\n"
      "strd r0, r2, [r8]\n"
      "subs r4, r4, #1\n"
      "str r4, [r8, #12]\n"
      "dls lr, r6\n"
      "2:\n" AOT_TILE
      "add r1, r1, r12\n"
      "le lr, 2b\n"
      "ldr r0, [r8, #20]\n"
      "cbz r0, 3f\n"
      "movs r0, #64\n"
      "vsub.i32 q5, q5, r0\n"
      "sub r1, r1, r12, asr #1\n" AOT_TILE
      "3:\n"
      "ldr r0, [r8, #12]\n"
      "cmp r0, #0\n"
      "bne 1b\n"
      "pop {r0-r12, lr}\n"
      :
      : "r"(r12)
      : "cc", "memory", AOT_PREDICATES, "q0", "q1", "q2", "q3", "q4", "q5", "q6");
#else
  const struct requantization to = {block->zero_point, -128, 127};
  for (; block->channels > 0; --block->channels) {
    const int32_t* const record = block->records;
    for (int32_t i = 0; i < 12; ++i) {
      block->window[5 + i] = (int8_t)((uint32_t)record[i / 4] >> (i % 4 * 8));
    }
    for (int32_t tile = 0; tile < block->whole + block->left; ++tile) {
      const int32_t column = tile < block->whole ? 2 * tile : 2 * tile - 1;
      for (int32_t place = 0; place < 4; ++place) {
        const int8_t* const window = block->window + 5 - place / 2 - place % 2 * 4;
        int32_t sum = record[3];
        for (int32_t i = 0; i < 16; ++i) {
          sum += block->columns[(column + i / 4) * kDepthwiseColumn + i % 4] * window[i];
        }
        block->out[column * (block->next_out / 2) + block->to[place]] =
            output_mve(sum, record[4], record[5], &to);
      }
    }
    block->records += 6;
    block->columns += 4;
    ++block->out;
  }
#endif
}

#endif  // AOT_RUNTIME_DEPTHWISE_TILES_MVE_H_
