// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_CONV_2D_INT8_ANY_H_
#define AOT_RUNTIME_CONV_2D_INT8_ANY_H_

#include <stddef.h>
#include <stdint.h>

#include "aot/runtime/conv_2d.h"
#include "aot/runtime/not_inlined.h"
#include "aot/runtime/output_int8.h"
#include "aot/runtime/requantization.h"
#include "aot/runtime/visible_taps.h"

// What the faster functions can't do: factors from 1/2 on, sums of more than 30 bits, weights that are not constant or
// have a zero point. bias: NULL without. Sums wrap, as they do in TFLM.
AOT_NOT_INLINED static void conv_2d_int8_any(const struct conv_2d* shape,
                                             const struct conv_2d_weights* order,
                                             const struct requantization* to, int32_t zero_point,
                                             const int8_t* in, const int8_t* weights,
                                             const int32_t* bias, const int32_t* multipliers,
                                             const int8_t* shifts, int8_t* out) {
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
          uint32_t sum = bias == NULL ? 0 : (uint32_t)bias[o];
          for (int32_t i = rows.first; i < rows.end; ++i) {
            const int32_t line = (top + i * shape->dilation_h) * shape->in_w + left;
            for (int32_t j = columns.first; j < columns.end; ++j) {
              const int8_t* from =
                  in + (line + j * shape->dilation_w) * shape->in_c + o / filters * channels;
              const int8_t* w =
                  weights + o * order->next_output + (i * shape->filter_w + j) * order->next_tap;
              for (int32_t c = 0; c < channels; ++c)
                sum += (uint32_t)((from[c] - zero_point) * (w[c] - order->zero_point));
            }
          }
          *out++ = output_int8((int32_t)sum, multipliers[o], shifts[o], to);
        }
      }
    }
    in += shape->in_h * shape->in_w * shape->in_c;
  }
}

#endif  // AOT_RUNTIME_CONV_2D_INT8_ANY_H_
