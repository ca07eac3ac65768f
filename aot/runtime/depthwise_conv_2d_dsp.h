// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_DEPTHWISE_CONV_2D_DSP_H_
#define AOT_RUNTIME_DEPTHWISE_CONV_2D_DSP_H_

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "aot/runtime/copy_channel_dsp.h"
#include "aot/runtime/copy_four_channels_dsp.h"
#include "aot/runtime/depthwise_channel_dsp.h"
#include "aot/runtime/depthwise_conv_2d.h"
#include "aot/runtime/depthwise_even_dsp.h"
#include "aot/runtime/depthwise_even_strided_dsp.h"
#include "aot/runtime/depthwise_row_dsp.h"

// One output for each channel by windows of 3 x 3 without dilation, one or two columns apart. The input's zero point
// is in the bias. weights: nine of a channel, then those of the next one. strip: how many rows of outputs are computed
// at a time. planes: memory for what their windows see of four channels, or of less if there are less. A plane's rows
// have an even length. The output may lie on an input of the same shape: rows that later windows see again are kept in
// the planes. For rounding, multipliers and shifts see scale_int8.
static inline void depthwise_conv_2d_dsp(const struct depthwise_conv_2d* shape, int32_t strip,
                                         int32_t zero_point, int32_t rounding, const int8_t* in,
                                         const int8_t* weights, const int32_t* bias,
                                         const int32_t* multipliers, const int8_t* shifts,
                                         int16_t* planes, int8_t* out) {
  const int32_t channels = shape->in_c;
  const int32_t odd = shape->out_w % 2;
  const int32_t stride = shape->stride_w;
  const int32_t pitch = 2 + stride * (shape->out_w + odd);
  const int32_t plane = ((strip - 1) * shape->stride_h + 3) * pitch;
  const int32_t together = channels < 4 ? channels : 4;
  const int32_t right = pitch - shape->pad_w;
  const int32_t columns = right < shape->in_w ? right : shape->in_w;
  const int32_t line = shape->in_w * channels;
  const int32_t again = shape->stride_h < 3 ? 3 - shape->stride_h : 0;
  struct depthwise_channel_dsp channel = {.rounding = rounding,
                                          .step = channels,
                                          .width = 2 * stride * (shape->out_w + odd),
                                          .back = odd * channels,
                                          .pitch = pitch};
  channel.advance = 2 * shape->stride_h * pitch - channel.width;
  // Borders on both sides, and rows above and below.
  for (int32_t i = 0; i < together * plane; ++i) planes[i] = (int16_t)zero_point;
  for (int32_t b = 0; b < shape->batches; ++b) {
    for (int32_t c = 0; c < channels; c += 4) {
      // The four channels that are copied may be partly those before them.
      const int32_t first = c > channels - together ? channels - together : c;
      for (int32_t y = 0; y < shape->out_h; y += strip) {
        const int32_t outputs = shape->out_h - y < strip ? shape->out_h - y : strip;
        const int32_t top = y * shape->stride_h - shape->pad_h;
        const int32_t height = (outputs - 1) * shape->stride_h + 3;
        const int32_t kept = y == 0 ? 0 : again;
        // Rows of the planes that are inside of the image, without those that are there already.
        const int32_t above = top + kept < 0 ? -top : kept;
        const int32_t below = shape->in_h - top < height ? shape->in_h - top : height;
        for (int32_t k = 0; k < together; ++k) {
          int16_t* const to = planes + k * plane;
          const int16_t* const from = to + strip * shape->stride_h * pitch;
          for (int32_t i = 0; i < kept * pitch; i += 2) memcpy(to + i, from + i, 4);
          // Rows outside of the image stay if there is one strip.
          if (strip >= shape->out_h) continue;
          for (int32_t i = kept * pitch; i < above * pitch; ++i) to[i] = (int16_t)zero_point;
          for (int32_t i = below * pitch; i < height * pitch; ++i) to[i] = (int16_t)zero_point;
        }
        if (below > above && columns > 0) {
          const int8_t* const from = in + (top + above) * line + first;
          int16_t* const to = planes + above * pitch + shape->pad_w;
          if (together == 4) {
            copy_four_channels_dsp(below - above, columns, from, line, channels, to, pitch, plane,
                                   shape->pad_w % 2);
          } else {
            for (int32_t k = 0; k < together; ++k) {
              copy_channel_dsp(below - above, columns, from + k, line, channels, to + k * plane,
                               pitch);
            }
          }
        }
        for (int32_t i = c; i < channels && i < c + 4; ++i) {
          const int8_t* const w = weights + 9 * i;
          for (int32_t j = 0; j < 3; ++j) {
            const uint32_t middle = (uint32_t)w[3 * j + 1] * 2;
            channel.first[j] = ((uint32_t)w[3 * j] * 2 & 0xffffu) | middle << 16;
            channel.last[j] = (middle & 0xffffu) | (uint32_t)w[3 * j + 2] << 17;
          }
          channel.bias = bias[i] * 2;
          channel.multiplier = multipliers[i];
          channel.shift = shifts[i];
          // What follows the last row must stay.
          const bool apart = odd != 0 && y + outputs == shape->out_h;
          channel.rows = outputs - (int32_t)apart;
          const int16_t* seen = planes + (i - first) * plane;
          int8_t* to = out + y * shape->out_w * channels + i;
          if (channel.rows > 0) {
            if (stride == 1) {
              depthwise_even_dsp(&channel, seen, to);
            } else {
              depthwise_even_strided_dsp(&channel, seen, to);
            }
          }
          if (apart) {
            seen += channel.rows * shape->stride_h * pitch;
            to += channel.rows * shape->out_w * channels;
            depthwise_row_dsp(&channel, seen, stride, shape->out_w, to);
          }
        }
      }
    }
    in += shape->in_h * line;
    out += shape->out_h * shape->out_w * channels;
  }
}

#endif  // AOT_RUNTIME_DEPTHWISE_CONV_2D_DSP_H_
