// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_DEPTHWISE_EVEN_DSP_H_
#define AOT_RUNTIME_DEPTHWISE_EVEN_DSP_H_

#include <stdint.h>

#include "aot/runtime/depthwise_channel_dsp.h"
#include "aot/runtime/dsp.h"
#include "aot/runtime/load_halves.h"
#include "aot/runtime/multiply_add_low_high.h"
#include "aot/runtime/multiply_add_pairs.h"
#include "aot/runtime/scale_dsp.h"

#if AOT_DSP
// A row of the windows of two outputs, which are summed in r12 and lr.
#define AOT_SIX_PRODUCTS(row, first, last) \
  "ldrd r10, r11, [" row                   \
  "], #4\n"                                \
  "smlad r12, r10, " first                 \
  ", r12\n"                                \
  "smlad lr, r11, " last                   \
  ", lr\n"                                 \
  "smlabt r12, r11, " last                 \
  ", r12\n"                                \
  "smlabt lr, " first ", r10, lr\n"
#endif

// Rows of outputs of a channel, two at a time, whose windows are one column apart.
static inline void depthwise_even_dsp(const struct depthwise_channel_dsp* channel,
                                      const int16_t* plane, int8_t* out) {
#if AOT_DSP
  // The compiler may need any register for itself, so that all are kept here.
  register const int16_t* r0 __asm__("r0") = plane;
  register const int16_t* r1 __asm__("r1") = plane + channel->pitch;
  register const int16_t* r2 __asm__("r2") = plane + 2 * channel->pitch;
  register int8_t* r3 __asm__("r3") = out;
  register const struct depthwise_channel_dsp* r12 __asm__("r12") = channel;
  __asm__ volatile(
      "push {r4-r11, lr}\n"
      "sub sp, sp, #40\n"
      "ldm r12!, {r4-r9}\n"
      "ldm r12!, {r10, r11, lr}\n"
      // Bias, multiplier, shift.
      "strd r10, r11, [sp]\n"
      "str lr, [sp, #8]\n"
      "ldm r12!, {r10, r11}\n"
      // Rounding, step.
      "strd r10, r11, [sp, #12]\n"
      "ldr lr, [r12, #16]\n"
      "lsl lr, lr, #1\n"
      "str lr, [sp, #36]\n"
      "ldm r12, {r10, r12, lr}\n"
      "mul r12, r12, r11\n"
      // Bytes of a row of windows, bytes to go back, rows.
      "lsl r10, r10, #1\n"
      "strd r10, r12, [sp, #20]\n"
      "str lr, [sp, #28]\n"
      "1:\n"
      "ldr r10, [sp, #20]\n"
      "add r10, r10, r0\n"
      "str r10, [sp, #32]\n"
      "2:\n"
      "ldr r12, [sp]\n"
      "mov lr, r12\n"
      AOT_SIX_PRODUCTS("r0", "r4", "r7")
      AOT_SIX_PRODUCTS("r1", "r5", "r8")
      AOT_SIX_PRODUCTS("r2", "r6", "r9")
      "ldrd r10, r11, [sp, #4]\n"
      "smmulr r12, r12, r10\n"
      "smmulr lr, lr, r10\n"
      "add r12, r12, r12, asr #31\n"
      "add lr, lr, lr, asr #31\n"
      "asr r12, r12, r11\n"
      "asr lr, lr, r11\n"
      "ldrd r10, r11, [sp, #12]\n"
      "add r12, r12, r10\n"
      "add lr, lr, r10\n"
      "ssat r12, #8, r12, asr #1\n"
      "ssat lr, #8, lr, asr #1\n"
      "strb r12, [r3]\n"
      "strb lr, [r3, r11]\n"
      "add r3, r3, r11, lsl #1\n"
      "ldr r10, [sp, #32]\n"
      "cmp r0, r10\n"
      "bne 2b\n"
      "ldr r10, [sp, #36]\n"
      "add r0, r0, r10\n"
      "add r1, r1, r10\n"
      "add r2, r2, r10\n"
      "ldrd r10, r11, [sp, #24]\n"
      "subs r3, r3, r10\n"
      "subs r11, r11, #1\n"
      "str r11, [sp, #28]\n"
      "bne 1b\n"
      "add sp, sp, #40\n"
      "pop {r4-r11, lr}\n"
      : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3), "+r"(r12)
      :
      : "cc", "memory");
#else
  for (int32_t y = 0; y < channel->rows; ++y) {
    for (int32_t x = 0; x < channel->columns; x += 2) {
      uint32_t sum = (uint32_t)channel->bias;
      uint32_t next = sum;
      for (int32_t i = 0; i < 3; ++i) {
        uint32_t a;
        uint32_t b;
        load_halves(plane + i * channel->pitch, &a, &b);
        sum = multiply_add_pairs(a, channel->first[i], sum);
        sum = multiply_add_low_high(b, channel->last[i], sum);
        next = multiply_add_pairs(b, channel->last[i], next);
        next = multiply_add_low_high(channel->first[i], a, next);
      }
      out[0] = scale_dsp((int32_t)sum, channel->multiplier, channel->shift, channel->rounding);
      out[channel->step] =
          scale_dsp((int32_t)next, channel->multiplier, channel->shift, channel->rounding);
      out += 2 * channel->step;
      plane += 2;
    }
    plane += channel->advance;
    out -= channel->again * channel->step;
  }
#endif
}

#endif  // AOT_RUNTIME_DEPTHWISE_EVEN_DSP_H_
