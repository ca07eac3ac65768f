// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_DEPTHWISE_CONV_2D_MVE_H_
#define AOT_RUNTIME_DEPTHWISE_CONV_2D_MVE_H_

#include <stdint.h>

#include "aot/runtime/depthwise_conv_2d.h"
#include "aot/runtime/mve.h"
#include "aot/runtime/requantization.h"
#include "aot/runtime/store_four_mve.h"
#include "aot/runtime/visible_taps.h"

// One output for each channel, four channels at a time. weights: those of a tap for all channels, then the next tap's.
// bias: it ends with a multiple of four. For factors see struct dense_mve.
static inline void depthwise_conv_2d_mve(const struct depthwise_conv_2d* shape, int32_t zero_point,
                                         const struct requantization* to, const int8_t* in,
                                         const int8_t* weights, const int32_t* bias,
                                         const int32_t* factors, int8_t* out) {
  const int32_t channels = shape->in_c;
  const int32_t step = shape->dilation_w * channels;
  const struct requantization copy = *to;
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
          int32_t sums[4] = {bias[c], bias[c + 1], bias[c + 2], bias[c + 3]};
#if AOT_MVE
          int32x4_t total = vldrwq_s32(sums);
          const mve_pred16_t there = vctp32q((uint32_t)(channels - c));
#endif
          for (int32_t i = rows.first; i < rows.end && width > 0; ++i) {
            const int32_t row = top + i * shape->dilation_h;
            const int32_t column = left + columns.first * shape->dilation_w;
            const int8_t* from = in + (row * shape->in_w + column) * channels + c;
            const int8_t* w = weights + (i * shape->filter_w + columns.first) * channels + c;
            int32_t j = width;
            do {
#if AOT_MVE
              const int32x4_t seen = vsubq_n_s32(vldrbq_z_s32(from, there), zero_point);
              total = vaddq_s32(total, vmulq_s32(seen, vldrbq_z_s32(w, there)));
#else
              for (int32_t k = 0; k < 4 && k < channels - c; ++k) {
                sums[k] += (from[k] - zero_point) * w[k];
              }
#endif
              // The last place may have no other one.
              if (j > 1) from += step;
              w += channels;
            } while (--j != 0);
          }
#if AOT_MVE
          vstrwq_s32(sums, total);
#endif
          store_four_mve(sums, factors + c / 4 * 5, &copy, channels - c, out + c);
        }
        out += channels;
      }
    }
    in += shape->in_h * shape->in_w * channels;
  }
}

#endif  // AOT_RUNTIME_DEPTHWISE_CONV_2D_MVE_H_
