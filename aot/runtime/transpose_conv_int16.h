// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_TRANSPOSE_CONV_INT16_H_
#define AOT_RUNTIME_TRANSPOSE_CONV_INT16_H_

#include <stddef.h>
#include <stdint.h>

#include "aot/runtime/clamp.h"
#include "aot/runtime/not_inlined.h"
#include "aot/runtime/requantization.h"
#include "aot/runtime/requantize_wide.h"
#include "aot/runtime/transpose_conv.h"

// bias: NULL without. Zero points are 0. Sums wrap, as they do in TFLM.
AOT_NOT_INLINED static void transpose_conv_int16(const struct transpose_conv* shape,
                                                 const struct requantization* to, const int16_t* in,
                                                 const int8_t* weights, const int64_t* bias,
                                                 const int32_t* multipliers, const int8_t* shifts,
                                                 int16_t* out) {
  for (int32_t b = 0; b < shape->batches; ++b) {
    for (int32_t y = shape->pad_h; y < shape->pad_h + shape->out_h; ++y) {
      const struct reaching_inputs rows =
          reaching_inputs(y, shape->filter_h, shape->stride_h, shape->in_h);
      for (int32_t x = shape->pad_w; x < shape->pad_w + shape->out_w; ++x) {
        const struct reaching_inputs columns =
            reaching_inputs(x, shape->filter_w, shape->stride_w, shape->in_w);
        for (int32_t o = 0; o < shape->out_c; ++o) {
          uint64_t sum = 0;
          for (int32_t row = rows.first; row < rows.end; ++row) {
            const int32_t tap =
                (o * shape->filter_h + y - row * shape->stride_h) * shape->filter_w + x;
            for (int32_t column = columns.first; column < columns.end; ++column) {
              const int16_t* const from = in + (row * shape->in_w + column) * shape->in_c;
              const int8_t* const w = weights + (tap - column * shape->stride_w) * shape->in_c;
              for (int32_t c = 0; c < shape->in_c; ++c) sum += (uint64_t)(int64_t)(from[c] * w[c]);
            }
          }
          if (bias != NULL) sum += (uint64_t)bias[o];
          *out++ = (int16_t)clamp(requantize_wide((int64_t)sum, multipliers[o], shifts[o]),
                                  to->lowest, to->highest);
        }
      }
    }
    in += shape->in_h * shape->in_w * shape->in_c;
  }
}

#endif  // AOT_RUNTIME_TRANSPOSE_CONV_INT16_H_
