// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_DEPTHWISE_ROW_DSP_H_
#define AOT_RUNTIME_DEPTHWISE_ROW_DSP_H_

#include <stdint.h>

#include "aot/runtime/dense_int8.h"
#include "aot/runtime/depthwise_channel_dsp.h"
#include "aot/runtime/load_halves.h"
#include "aot/runtime/multiply_add_low_high.h"
#include "aot/runtime/multiply_add_pairs.h"
#include "aot/runtime/scale_dsp.h"

// A row of outputs of a channel, one at a time, whose windows are two columns apart, or one output. pitch: of the
// plane's rows.
AOT_NOT_INLINED static void depthwise_row_dsp(const struct depthwise_channel_dsp* channel,
                                              const int16_t* row0, int32_t pitch, int32_t columns,
                                              int8_t* out) {
  const int16_t* row1 = row0 + pitch;
  const int16_t* row2 = row1 + pitch;
  const uint32_t first0 = channel->first[0];
  const uint32_t first1 = channel->first[1];
  const uint32_t first2 = channel->first[2];
  const int32_t multiplier = channel->multiplier;
  const int32_t shift = channel->shift;
  do {
    uint32_t a;
    uint32_t b;
    row0 = load_halves(row0, &a, &b);
    uint32_t sum = multiply_add_pairs(a, first0, (uint32_t)channel->bias);
    sum = multiply_add_low_high(b, channel->last[0], sum);
    row1 = load_halves(row1, &a, &b);
    sum = multiply_add_pairs(a, first1, sum);
    sum = multiply_add_low_high(b, channel->last[1], sum);
    row2 = load_halves(row2, &a, &b);
    sum = multiply_add_pairs(a, first2, sum);
    sum = multiply_add_low_high(b, channel->last[2], sum);
    *out = scale_dsp((int32_t)sum, multiplier, shift, channel->rounding);
    out += channel->step;
  } while (--columns != 0);
}

#endif  // AOT_RUNTIME_DEPTHWISE_ROW_DSP_H_
