// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_CONV_2D_INT16_H_
#define AOT_RUNTIME_CONV_2D_INT16_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aot/runtime/conv_2d.h"
#include "aot/runtime/not_inlined.h"
#include "aot/runtime/requantization.h"
#include "aot/runtime/requantize.h"
#include "aot/runtime/requantize_wide.h"
#include "aot/runtime/to_output.h"
#include "aot/runtime/visible_taps.h"

// Inputs of 16 bits, weights of 8. bias: NULL without. narrow: sums have 32 bits, which wrap as they do in TFLM, and
// 64 otherwise.
AOT_NOT_INLINED static void conv_2d_int16(const struct conv_2d* shape,
                                          const struct conv_2d_weights* order,
                                          const struct requantization* to, bool narrow,
                                          int32_t zero_point, const int16_t* in,
                                          const int8_t* weights, const int64_t* bias,
                                          const int32_t* multipliers, const int8_t* shifts,
                                          int16_t* out) {
  const int32_t channels = shape->in_c / shape->groups;
  const int32_t filters = shape->out_c / shape->groups;
  for (int32_t b = 0; b < shape->batches; ++b) {
    for (int32_t y = 0; y < shape->out_h; ++y) {
      const int32_t top = y * shape->stride_h - shape->pad_h;
      const struct visible_taps rows =
          visible_taps(top, shape->dilation_h, shape->filter_h, shape->in_h);
      for (int32_t x = 0; x < shape->out_w; ++x) {
        const int32_t left = x * shape->stride_w - shape->pad_w;
        const struct visible_taps columns =
            visible_taps(left, shape->dilation_w, shape->filter_w, shape->in_w);
        for (int32_t o = 0; o < shape->out_c; ++o) {
          uint64_t sum = bias == NULL ? 0 : (uint64_t)bias[o];
          for (int32_t i = rows.first; i < rows.end; ++i) {
            const int32_t line = (top + i * shape->dilation_h) * shape->in_w + left;
            for (int32_t j = columns.first; j < columns.end; ++j) {
              const int16_t* from =
                  in + (line + j * shape->dilation_w) * shape->in_c + o / filters * channels;
              const int8_t* w =
                  weights + o * order->next_output + (i * shape->filter_w + j) * order->next_tap;
              for (int32_t c = 0; c < channels; ++c)
                sum += (uint64_t)(int64_t)((from[c] - zero_point) * (w[c] - order->zero_point));
            }
          }
          const int32_t scaled = narrow ? requantize((int32_t)sum, multipliers[o], shifts[o])
                                        : requantize_wide((int64_t)sum, multipliers[o], shifts[o]);
          *out++ = (int16_t)to_output(scaled, to);
        }
      }
    }
    in += shape->in_h * shape->in_w * shape->in_c;
  }
}

#endif  // AOT_RUNTIME_CONV_2D_INT16_H_
