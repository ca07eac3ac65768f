// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_DEPTHWISE_EVEN_STRIDED_DSP_H_
#define AOT_RUNTIME_DEPTHWISE_EVEN_STRIDED_DSP_H_

#include <stdint.h>

#include "aot/runtime/dense_int8.h"
#include "aot/runtime/depthwise_channel_dsp.h"
#include "aot/runtime/depthwise_rows_dsp.h"
#include "aot/runtime/load_halves.h"
#include "aot/runtime/multiply_add_low_high.h"
#include "aot/runtime/multiply_add_pairs.h"
#include "aot/runtime/scale_dsp.h"

#if AOT_DSP
// What two windows, two columns apart, see of a row: the halves 0 to 4. The second sum begins as `begin`.
#define AOT_ROW_OF_TWO_STRIDED(row, first, last, begin) \
  "ldrd r10, r11, [" row                                \
  "], #8\n"                                             \
  "smlad lr, r11, " first ", " begin                    \
  "\n"                                                  \
  "smlad r12, r10, " first                              \
  ", r12\n"                                             \
  "ldr r10, [" row                                      \
  "]\n"                                                 \
  "smlabt r12, r11, " last                              \
  ", r12\n"                                             \
  "smlabt lr, r10, " last ", lr\n"
#endif

// Rows of outputs of a channel, two at a time, whose windows are two columns apart.
AOT_NOT_INLINED static void depthwise_even_strided_dsp(const struct depthwise_channel_dsp* channel,
                                                       const int16_t* plane, int8_t* out) {
#if AOT_DSP
  // The compiler may need any register for itself, so that all are kept here.
  register const int16_t* r0 __asm__("r0") = plane;
  register const int16_t* r1 __asm__("r1") = plane + channel->pitch;
  register const int16_t* r2 __asm__("r2") = plane + 2 * channel->pitch;
  register int8_t* r3 __asm__("r3") = out;
  register const struct depthwise_channel_dsp* r12 __asm__("r12") = channel;
  __asm__ volatile(AOT_DEPTHWISE_ROWS(AOT_ROW_OF_TWO_STRIDED("r0", "r4", "r7", "r12"),
                                      AOT_ROW_OF_TWO_STRIDED("r1", "r5", "r8", "lr"),
                                      AOT_ROW_OF_TWO_STRIDED("r2", "r6", "r9", "lr"))
                   : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3), "+r"(r12)
                   :
                   : "cc", "memory");
#else
  for (int32_t y = 0; y < channel->rows; ++y) {
    for (int32_t x = 0; x < channel->width / 2; x += 2) {
      uint32_t sum = (uint32_t)channel->bias;
      for (int32_t i = 0; i < 3; ++i) {
        uint32_t a;
        uint32_t b;
        load_halves(plane + i * channel->pitch, &a, &b);
        sum = multiply_add_pairs(a, channel->first[i], sum);
        sum = multiply_add_low_high(b, channel->last[i], sum);
      }
      *out = scale_dsp((int32_t)sum, channel->multiplier, channel->shift, channel->rounding);
      out += channel->step;
      plane += 2;
    }
    plane += channel->advance / 2;
    out -= channel->back;
  }
#endif
}

#endif  // AOT_RUNTIME_DEPTHWISE_EVEN_STRIDED_DSP_H_
