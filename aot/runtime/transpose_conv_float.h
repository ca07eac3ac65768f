// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_TRANSPOSE_CONV_FLOAT_H_
#define AOT_RUNTIME_TRANSPOSE_CONV_FLOAT_H_

#include <stddef.h>
#include <stdint.h>

#include "aot/runtime/clamp_float.h"
#include "aot/runtime/not_inlined.h"
#include "aot/runtime/transpose_conv.h"

// bias: NULL without. Products are added in TFLM's order: the result is the same to the bit.
AOT_NOT_INLINED static void transpose_conv_float(const struct transpose_conv* shape, float lowest,
                                                 float highest, const float* in,
                                                 const float* weights, const float* bias,
                                                 float* out) {
  for (int32_t b = 0; b < shape->batches; ++b) {
    for (int32_t y = shape->pad_h; y < shape->pad_h + shape->out_h; ++y) {
      const struct reaching_inputs rows =
          reaching_inputs(y, shape->filter_h, shape->stride_h, shape->in_h);
      for (int32_t x = shape->pad_w; x < shape->pad_w + shape->out_w; ++x) {
        const struct reaching_inputs columns =
            reaching_inputs(x, shape->filter_w, shape->stride_w, shape->in_w);
        for (int32_t o = 0; o < shape->out_c; ++o) {
          float sum = 0;
          for (int32_t row = rows.first; row < rows.end; ++row) {
            const int32_t tap =
                (o * shape->filter_h + y - row * shape->stride_h) * shape->filter_w + x;
            for (int32_t column = columns.first; column < columns.end; ++column) {
              const float* const from = in + (row * shape->in_w + column) * shape->in_c;
              const float* const w = weights + (tap - column * shape->stride_w) * shape->in_c;
              for (int32_t c = 0; c < shape->in_c; ++c) sum += from[c] * w[c];
            }
          }
          if (bias != NULL) sum += bias[o];
          *out++ = clamp_float(sum, lowest, highest);
        }
      }
    }
    in += shape->in_h * shape->in_w * shape->in_c;
  }
}

#endif  // AOT_RUNTIME_TRANSPOSE_CONV_FLOAT_H_
