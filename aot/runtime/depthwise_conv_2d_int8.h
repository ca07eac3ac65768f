// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_DEPTHWISE_CONV_2D_INT8_H_
#define AOT_RUNTIME_DEPTHWISE_CONV_2D_INT8_H_

#include <stdint.h>

#include "aot/runtime/depthwise_conv_2d.h"
#include "aot/runtime/not_inlined.h"
#include "aot/runtime/scale_int8.h"
#include "aot/runtime/visible_taps.h"

// One output for each of at least four channels. For rounding, multipliers and shifts see scale_int8.
AOT_NOT_INLINED static void depthwise_conv_2d_int8(const struct depthwise_conv_2d* shape,
                                                   int32_t zero_point, int32_t rounding,
                                                   const int8_t* in, const int8_t* weights,
                                                   const int32_t* bias, const int32_t* multipliers,
                                                   const int8_t* shifts, int8_t* out) {
  const int32_t channels = shape->in_c;
  const int32_t step = shape->dilation_w * channels;
  for (int32_t b = 0; b < shape->batches; ++b) {
    for (int32_t y = 0; y < shape->out_h; ++y) {
      const int32_t top = y * shape->stride_h - shape->pad_h;
      const struct visible_taps rows =
          visible_taps(top, shape->dilation_h, shape->filter_h, shape->in_h);
      for (int32_t x = 0; x < shape->out_w; ++x) {
        const int32_t left = x * shape->stride_w - shape->pad_w;
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
          int8_t* const to = out + c;
          const int32_t* const m = multipliers + c;
          const int8_t* const s = shifts + c;
          to[0] = scale_int8(sum0, m[0], s[0], rounding);
          to[1] = scale_int8(sum1, m[1], s[1], rounding);
          to[2] = scale_int8(sum2, m[2], s[2], rounding);
          to[3] = scale_int8(sum3, m[3], s[3], rounding);
        }
        out += channels;
      }
    }
    in += shape->in_h * shape->in_w * channels;
  }
}

#endif  // AOT_RUNTIME_DEPTHWISE_CONV_2D_INT8_H_
