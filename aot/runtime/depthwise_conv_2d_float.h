// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_DEPTHWISE_CONV_2D_FLOAT_H_
#define AOT_RUNTIME_DEPTHWISE_CONV_2D_FLOAT_H_

#include <stddef.h>
#include <stdint.h>

#include "aot/runtime/clamp_float.h"
#include "aot/runtime/depthwise_conv_2d.h"
#include "aot/runtime/visible_taps.h"

// bias: NULL without. Products are added in TFLM's order: the result is the same to the bit.
static inline void depthwise_conv_2d_float(const struct depthwise_conv_2d* shape, float lowest,
                                           float highest, const float* in, const float* weights,
                                           const float* bias, float* out) {
  const int32_t out_c = shape->in_c * shape->multiplier;
  for (int32_t b = 0; b < shape->batches; ++b) {
    for (int32_t y = 0; y < shape->out_h; ++y) {
      const int32_t top = y * shape->stride_h - shape->pad_h;
      const struct visible_taps rows =
          visible_taps(top, shape->dilation_h, shape->filter_h, shape->in_h);
      for (int32_t x = 0; x < shape->out_w; ++x) {
        const int32_t left = x * shape->stride_w - shape->pad_w;
        const struct visible_taps columns =
            visible_taps(left, shape->dilation_w, shape->filter_w, shape->in_w);
        for (int32_t c = 0, o = 0; c < shape->in_c; ++c) {
          for (int32_t m = 0; m < shape->multiplier; ++m, ++o) {
            float sum = 0;
            for (int32_t i = rows.first; i < rows.end; ++i) {
              const int32_t row = top + i * shape->dilation_h;
              const int32_t column = left + columns.first * shape->dilation_w;
              const float* from = in + (row * shape->in_w + column) * shape->in_c + c;
              const float* w = weights + (i * shape->filter_w + columns.first) * out_c + o;
              for (int32_t j = columns.first; j < columns.end; ++j) {
                sum += *from * *w;
                from += shape->dilation_w * shape->in_c;
                w += out_c;
              }
            }
            sum += bias == NULL ? 0 : bias[o];
            *out++ = clamp_float(sum, lowest, highest);
          }
        }
      }
    }
    in += shape->in_h * shape->in_w * shape->in_c;
  }
}

#endif  // AOT_RUNTIME_DEPTHWISE_CONV_2D_FLOAT_H_
