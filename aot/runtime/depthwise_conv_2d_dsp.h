// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_DEPTHWISE_CONV_2D_DSP_H_
#define AOT_RUNTIME_DEPTHWISE_CONV_2D_DSP_H_

#include <stdint.h>

#include "aot/runtime/copy_channel_dsp.h"
#include "aot/runtime/depthwise_channel_dsp.h"
#include "aot/runtime/depthwise_conv_2d.h"
#include "aot/runtime/depthwise_even_dsp.h"
#include "aot/runtime/depthwise_row_dsp.h"

// One output for each channel by windows of 3 x 3 without dilation, one or two columns apart. The input's zero point
// is in the bias. weights: nine of a channel, then those of the next one. plane: memory for what all windows see of a
// channel, where rows have an even length. The output may lie on an input of the same shape. For rounding,
// multipliers and shifts see scale_int8.
static inline void depthwise_conv_2d_dsp(const struct depthwise_conv_2d* shape, int32_t zero_point,
                                         int32_t rounding, const int8_t* in, const int8_t* weights,
                                         const int32_t* bias, const int32_t* multipliers,
                                         const int8_t* shifts, int16_t* plane, int8_t* out) {
  const int32_t channels = shape->in_c;
  const int32_t pitch = 2 + (shape->stride_w * shape->out_w + 1) / 2 * 2;
  const int32_t height = (shape->out_h - 1) * shape->stride_h + 3;
  const int32_t below = height - shape->pad_h;
  const int32_t right = pitch - shape->pad_w;
  const int32_t rows = below < shape->in_h ? below : shape->in_h;
  const int32_t columns = right < shape->in_w ? right : shape->in_w;
  const int32_t line = shape->in_w * channels;
  const int32_t odd = shape->out_w % 2;
  struct depthwise_channel_dsp channel = {.rounding = rounding,
                                          .step = channels,
                                          .columns = shape->out_w + odd,
                                          .again = odd,
                                          // What follows the last row must stay.
                                          .rows = shape->out_h - odd,
                                          .pitch = pitch};
  channel.advance = shape->stride_h * pitch - channel.columns;
  for (int32_t i = 0; i < height * pitch; ++i) plane[i] = (int16_t)zero_point;
  for (int32_t b = 0; b < shape->batches; ++b) {
    for (int32_t c = 0; c < channels; ++c) {
      if (rows > 0 && columns > 0) {
        int16_t* const inside = plane + shape->pad_h * pitch + shape->pad_w;
        copy_channel_dsp(rows, columns, in + c, line, channels, inside, pitch);
      }
      const int8_t* const w = weights + 9 * c;
      for (int32_t i = 0; i < 3; ++i) {
        const uint32_t middle = (uint32_t)w[3 * i + 1] * 2;
        channel.first[i] = ((uint32_t)w[3 * i] * 2 & 0xffffu) | middle << 16;
        channel.last[i] = (middle & 0xffffu) | (uint32_t)w[3 * i + 2] << 17;
      }
      channel.bias = bias[c] * 2;
      channel.multiplier = multipliers[c];
      channel.shift = shifts[c];
      int8_t* const to = out + c;
      if (shape->stride_w == 1) {
        if (channel.rows > 0) depthwise_even_dsp(&channel, plane, to);
        if (odd != 0) {
          const int16_t* const last = plane + channel.rows * shape->stride_h * pitch;
          struct depthwise_channel_dsp end = channel;
          int8_t* const last_to = to + channel.rows * shape->out_w * channels;
          end.rows = 1;
          end.columns -= 2;
          if (end.columns > 0) depthwise_even_dsp(&end, last, last_to);
          depthwise_row_dsp(&channel, last + end.columns, pitch, 1,
                            last_to + end.columns * channels);
        }
      } else {
        for (int32_t y = 0; y < shape->out_h; ++y) {
          depthwise_row_dsp(&channel, plane + y * shape->stride_h * pitch, pitch, shape->out_w,
                            to + y * shape->out_w * channels);
        }
      }
    }
    in += shape->in_h * line;
    out += shape->out_h * shape->out_w * channels;
  }
}

#endif  // AOT_RUNTIME_DEPTHWISE_CONV_2D_DSP_H_
