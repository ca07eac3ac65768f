// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_CONV_2D_FLOAT_H_
#define AOT_RUNTIME_CONV_2D_FLOAT_H_

#include <stddef.h>
#include <stdint.h>

#include "aot/runtime/clamp_float.h"
#include "aot/runtime/conv_2d.h"

// bias: NULL without. Products are added in TFLM's order: the result is the same to the bit.
static inline void conv_2d_float(const struct conv_2d* shape, float lowest, float highest,
                                 const float* in, const float* weights, const float* bias,
                                 float* out) {
  const int32_t channels = shape->in_c / shape->groups;
  const int32_t filters = shape->out_c / shape->groups;
  for (int32_t b = 0; b < shape->batches; ++b) {
    for (int32_t y = 0; y < shape->out_h; ++y) {
      for (int32_t x = 0; x < shape->out_w; ++x) {
        const float* w = weights;
        for (int32_t o = 0; o < shape->out_c; ++o) {
          const float* image = in + o / filters * channels;
          float sum = 0;
          for (int32_t i = 0; i < shape->filter_h; ++i) {
            const int32_t row = y * shape->stride_h - shape->pad_h + i * shape->dilation_h;
            for (int32_t j = 0; j < shape->filter_w; ++j) {
              const int32_t column = x * shape->stride_w - shape->pad_w + j * shape->dilation_w;
              if (row >= 0 && row < shape->in_h && column >= 0 && column < shape->in_w) {
                const float* from = image + (row * shape->in_w + column) * shape->in_c;
                for (int32_t c = 0; c < channels; ++c) sum += from[c] * w[c];
              }
              w += channels;
            }
          }
          sum += bias == NULL ? 0 : bias[o];
          *out++ = clamp_float(sum, lowest, highest);
        }
      }
    }
    in += shape->in_h * shape->in_w * shape->in_c;
  }
}

#endif  // AOT_RUNTIME_CONV_2D_FLOAT_H_
