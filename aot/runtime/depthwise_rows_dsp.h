// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_DEPTHWISE_ROWS_DSP_H_
#define AOT_RUNTIME_DEPTHWISE_ROWS_DSP_H_

#include "aot/runtime/dsp.h"

#if AOT_DSP
// Rows of outputs of a channel, two at a time: the struct depthwise_channel_dsp is in r12, three rows of the plane in
// r0 to r2, the output in r3. The arguments add what two windows see of the three rows to r12 and lr. They may use r10
// and r11, and move the rows' pointers on; weights are in r4 to r9. Both sums begin with what the first row finds in
// r12.
#define AOT_DEPTHWISE_ROWS(row0, row1, row2) \
  "push {r4-r11, lr}\n"                      \
  "add lr, r12, #24\n"                       \
  "ldm lr, {r4-r11, lr}\n"                   \
  "sub sp, sp, #40\n"                        \
  "stm sp, {r4-r11, lr}\n"                   \
  "ldm r12, {r4-r9}\n"                       \
  "1:\n"                                     \
  "ldr r10, [sp, #20]\n"                     \
  "add r10, r10, r0\n"                       \
  "str r10, [sp, #36]\n"                     \
  "2:\n"                                     \
  "ldr r12, [sp]\n" row0 row1 row2           \
  "ldrd r10, r11, [sp, #4]\n"                \
  "smmulr r12, r12, r10\n"                   \
  "smmulr lr, lr, r10\n"                     \
  "add r12, r12, r12, asr #31\n"             \
  "add lr, lr, lr, asr #31\n"                \
  "asr r12, r12, r11\n"                      \
  "asr lr, lr, r11\n"                        \
  "ldrd r10, r11, [sp, #12]\n"               \
  "add r12, r12, r10\n"                      \
  "add lr, lr, r10\n"                        \
  "ldr r10, [sp, #36]\n"                     \
  "ssat r12, #8, r12, asr #1\n"              \
  "ssat lr, #8, lr, asr #1\n"                \
  "strb r12, [r3]\n"                         \
  "strb lr, [r3, r11]\n"                     \
  "add r3, r3, r11, lsl #1\n"                \
  "cmp r0, r10\n"                            \
  "bne 2b\n"                                 \
  "ldr r10, [sp, #32]\n"                     \
  "add r0, r0, r10\n"                        \
  "add r1, r1, r10\n"                        \
  "add r2, r2, r10\n"                        \
  "ldrd r10, r11, [sp, #24]\n"               \
  "subs r3, r3, r10\n"                       \
  "subs r11, r11, #1\n"                      \
  "str r11, [sp, #28]\n"                     \
  "bne 1b\n"                                 \
  "add sp, sp, #40\n"                        \
  "pop {r4-r11, lr}\n"
#endif

#endif  // AOT_RUNTIME_DEPTHWISE_ROWS_DSP_H_
