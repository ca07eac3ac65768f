// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_DEPTHWISE_STRIP_MVE_H_
#define AOT_RUNTIME_DEPTHWISE_STRIP_MVE_H_

#include <stdint.h>

#include "aot/runtime/dense_int8.h"
#include "aot/runtime/depthwise_3x3.h"
#include "aot/runtime/mve.h"

// Where a strip comes from and goes to. The order counts.
struct depthwise_strip {
  // Four places across, and from each column to the next one. Where a place is outside of the image, its pointer goes
  // to 16 bytes of the zero point, and does not move on.
  const int8_t* from[4];
  int32_t steps[4];
  int8_t* to;
  int32_t columns, channels;
};

// Copies columns of up to 16 channels: four places across become a word of each channel.
AOT_NOT_INLINED static void depthwise_strip_mve(const struct depthwise_strip* strip) {
#if AOT_MVE
  register const struct depthwise_strip* r12 __asm__("r12") = strip;
  __asm__ volatile(
      "push {r0-r11, lr}\n"
      "ldm r12, {r0-r10}\n"
      "vctp.8 r10\n"
      "dls lr, r9\n"
      "1:\n"
      "vpstttt\n"
      "vldrbt.u8 q0, [r0]\n"
      "vldrbt.u8 q1, [r1]\n"
      "vldrbt.u8 q2, [r2]\n"
      "vldrbt.u8 q3, [r3]\n"
      "add r0, r0, r4\n"
      "vst40.8 {q0, q1, q2, q3}, [r8]\n"
      "add r1, r1, r5\n"
      "vst41.8 {q0, q1, q2, q3}, [r8]\n"
      "add r2, r2, r6\n"
      "vst42.8 {q0, q1, q2, q3}, [r8]\n"
      "add r3, r3, r7\n"
      "vst43.8 {q0, q1, q2, q3}, [r8]!\n"
      "le lr, 1b\n"
      "pop {r0-r11, lr}\n"
      :
      : "r"(r12)
      : AOT_PREDICATES, "q0", "q1", "q2", "q3", "memory");
#else
  int8_t* to = strip->to;
  for (int32_t x = 0; x < strip->columns; ++x) {
    for (int32_t c = 0; c < strip->channels; ++c) {
      for (int32_t i = 0; i < 4; ++i) to[4 * c + i] = strip->from[i][x * strip->steps[i] + c];
    }
    to += kDepthwiseColumn;
  }
#endif
}

#endif  // AOT_RUNTIME_DEPTHWISE_STRIP_MVE_H_
