// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_COPY_FOUR_CHANNELS_DSP_H_
#define AOT_RUNTIME_COPY_FOUR_CHANNELS_DSP_H_

#include <stdint.h>

#include "aot/runtime/dense_int8.h"
#include "aot/runtime/dsp.h"

// Copies four channels of rows of an image into planes of 16 bits: as copy_channel_dsp. plane: halves from one to the
// next. odd: whether the first column lies in the upper half of a word.
AOT_NOT_INLINED static void copy_four_channels_dsp(int32_t rows, int32_t columns, const int8_t* in,
                                                   int32_t line, int32_t step, int16_t* planes,
                                                   int32_t pitch, int32_t plane, int32_t odd) {
  for (; rows > 0; --rows) {
    const int8_t* from = in;
    int16_t* to = planes;
    int32_t left = columns;
    for (int32_t end = odd; end >= 0; --end) {
      // One column before the pairs, or behind them.
      if (end == 1 || left % 2 != 0) {
        int16_t* const last = end == 1 ? to : to + left - 1;
        const int8_t* const seen = end == 1 ? from : from + (left - 1) * step;
        for (int32_t k = 0; k < 4; ++k) last[k * plane] = seen[k];
        left -= 1;
      }
      if (end == 1) {
        from += step;
        to += 1;
      }
    }
    int32_t pairs = left / 2;
    if (pairs > 0) {
#if AOT_DSP
      uint32_t a;
      uint32_t b;
      uint32_t c;
      __asm__ volatile(
          "1:\n"
          "ldr %[a], [%[from]]\n"
          "ldr %[b], [%[from], %[step]]\n"
          "add %[from], %[from], %[step], lsl #1\n"
          // Two channels of both pixels, and two.
          "pkhbt %[c], %[a], %[b], lsl #16\n"
          "pkhtb %[b], %[b], %[a], asr #16\n"
          "sxtb16 %[a], %[c]\n"
          "sxtb16 %[c], %[c], ror #8\n"
          "str %[a], [%[to]]\n"
          "str %[c], [%[to], %[plane]]\n"
          "sxtb16 %[a], %[b]\n"
          "sxtb16 %[b], %[b], ror #8\n"
          "str %[a], [%[to], %[plane], lsl #1]\n"
          "str %[b], [%[to], %[three]]\n"
          "add %[to], %[to], #4\n"
          "subs %[pairs], %[pairs], #1\n"
          "bne 1b\n"
          : [a] "=&r"(a), [b] "=&r"(b), [c] "=&r"(c), [from] "+&r"(from), [to] "+&r"(to),
            [pairs] "+&r"(pairs)
          : [step] "r"(step), [plane] "r"(2 * plane), [three] "r"(6 * plane)
          : "cc", "memory");
#else
      do {
        for (int32_t k = 0; k < 4; ++k) {
          to[k * plane] = from[k];
          to[k * plane + 1] = from[k + step];
        }
        from += 2 * step;
        to += 2;
      } while (--pairs != 0);
#endif
    }
    in += line;
    planes += pitch;
  }
}

#endif  // AOT_RUNTIME_COPY_FOUR_CHANNELS_DSP_H_
