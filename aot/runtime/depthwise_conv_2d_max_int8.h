// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_DEPTHWISE_CONV_2D_MAX_INT8_H_
#define AOT_RUNTIME_DEPTHWISE_CONV_2D_MAX_INT8_H_

#include <stdint.h>

#include "aot/runtime/depthwise_conv_2d.h"
#include "aot/runtime/max_places.h"
#include "aot/runtime/scale_int8.h"
#include "aot/runtime/visible_taps.h"

// One output for each channel, and the maximum of several places: `out_h` and `out_w` of the shape are those after it.
// most: memory for a sum of each channel. Scaling keeps the order of sums, so that the largest sum becomes the largest
// output. For rounding, multipliers and shifts see scale_int8.
static inline void depthwise_conv_2d_max_int8(const struct depthwise_conv_2d* shape,
                                              const struct max_places* places, int32_t zero_point,
                                              int32_t rounding, const int8_t* in,
                                              const int8_t* weights, const int32_t* bias,
                                              const int32_t* multipliers, const int8_t* shifts,
                                              int32_t* most, int8_t* out) {
  const int32_t channels = shape->in_c;
  const int32_t step = shape->dilation_w * channels;
  const int32_t count = places->filter_h * places->filter_w;
  for (int32_t b = 0; b < shape->batches; ++b) {
    for (int32_t y = 0; y < shape->out_h; ++y) {
      for (int32_t x = 0; x < shape->out_w; ++x) {
        for (int32_t c = 0; c < channels; ++c) most[c] = INT32_MIN;
        for (int32_t p = 0; p < count; ++p) {
          const int32_t down = y * places->stride_h + p / places->filter_w;
          const int32_t across = x * places->stride_w + p % places->filter_w;
          const int32_t top = down * shape->stride_h - shape->pad_h;
          const int32_t left = across * shape->stride_w - shape->pad_w;
          const struct visible_taps rows =
              visible_taps(top, shape->dilation_h, shape->filter_h, shape->in_h);
          const struct visible_taps columns =
              visible_taps(left, shape->dilation_w, shape->filter_w, shape->in_w);
          const int32_t width = columns.end - columns.first;
          for (int32_t c = 0; c < channels; c += 4) {
            // The last four channels may be partly those before them.
            if (c > channels - 4) c = channels - 4;
            int32_t sum0 = bias[c];
            int32_t sum1 = bias[c + 1];
            int32_t sum2 = bias[c + 2];
            int32_t sum3 = bias[c + 3];
            for (int32_t i = rows.first; i < rows.end && width > 0; ++i) {
              const int32_t row = top + i * shape->dilation_h;
              const int32_t column = left + columns.first * shape->dilation_w;
              const int8_t* from = in + (row * shape->in_w + column) * channels + c;
              const int8_t* w = weights + (i * shape->filter_w + columns.first) * channels + c;
              int32_t j = width;
              do {
                sum0 += (from[0] - zero_point) * w[0];
                sum1 += (from[1] - zero_point) * w[1];
                sum2 += (from[2] - zero_point) * w[2];
                sum3 += (from[3] - zero_point) * w[3];
                from += step;
                w += channels;
              } while (--j != 0);
            }
            int32_t* const to = most + c;
            to[0] = to[0] > sum0 ? to[0] : sum0;
            to[1] = to[1] > sum1 ? to[1] : sum1;
            to[2] = to[2] > sum2 ? to[2] : sum2;
            to[3] = to[3] > sum3 ? to[3] : sum3;
          }
        }
        for (int32_t c = 0; c < channels; ++c) {
          *out++ = scale_int8(most[c], multipliers[c], shifts[c], rounding);
        }
      }
    }
    in += shape->in_h * shape->in_w * channels;
  }
}

#endif  // AOT_RUNTIME_DEPTHWISE_CONV_2D_MAX_INT8_H_
