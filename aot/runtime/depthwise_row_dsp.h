// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_DEPTHWISE_ROW_DSP_H_
#define AOT_RUNTIME_DEPTHWISE_ROW_DSP_H_

#include <stdint.h>

#include "aot/runtime/dense_int8.h"
#include "aot/runtime/depthwise_channel_dsp.h"
#include "aot/runtime/scale_dsp.h"

// A row of outputs of a channel, one at a time, whose windows are `stride` columns apart: the last row if its length is
// odd.
AOT_NOT_INLINED static void depthwise_row_dsp(const struct depthwise_channel_dsp* channel,
                                              const int16_t* plane, int32_t stride, int32_t columns,
                                              int8_t* out) {
  for (; columns > 0; --columns) {
    int32_t sum = channel->bias;
    for (int32_t i = 0; i < 3; ++i) {
      const int16_t* const row = plane + i * channel->pitch;
      sum += row[0] * (int16_t)(channel->first[i] & 0xffffu);
      sum += row[1] * (int16_t)(channel->last[i] & 0xffffu);
      sum += row[2] * (int16_t)(channel->last[i] >> 16);
    }
    *out = scale_dsp(sum, channel->multiplier, channel->shift, channel->rounding);
    out += channel->step;
    plane += stride;
  }
}

#endif  // AOT_RUNTIME_DEPTHWISE_ROW_DSP_H_
