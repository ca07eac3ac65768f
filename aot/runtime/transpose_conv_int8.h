// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_TRANSPOSE_CONV_INT8_H_
#define AOT_RUNTIME_TRANSPOSE_CONV_INT8_H_

#include <stddef.h>
#include <stdint.h>

#include "aot/runtime/not_inlined.h"
#include "aot/runtime/output_int8.h"
#include "aot/runtime/requantization.h"
#include "aot/runtime/transpose_conv.h"

// bias: NULL without. Sums wrap, as they do in TFLM.
AOT_NOT_INLINED static void transpose_conv_int8(const struct transpose_conv* shape,
                                                const struct requantization* to, int32_t zero_point,
                                                const int8_t* in, const int8_t* weights,
                                                const int32_t* bias, const int32_t* multipliers,
                                                const int8_t* shifts, int8_t* out) {
  for (int32_t b = 0; b < shape->batches; ++b) {
    for (int32_t y = shape->pad_h; y < shape->pad_h + shape->out_h; ++y) {
      const struct reaching_inputs rows =
          reaching_inputs(y, shape->filter_h, shape->stride_h, shape->in_h);
      for (int32_t x = shape->pad_w; x < shape->pad_w + shape->out_w; ++x) {
        const struct reaching_inputs columns =
            reaching_inputs(x, shape->filter_w, shape->stride_w, shape->in_w);
        for (int32_t o = 0; o < shape->out_c; ++o) {
          uint32_t sum = 0;
          for (int32_t row = rows.first; row < rows.end; ++row) {
            const int32_t tap =
                (o * shape->filter_h + y - row * shape->stride_h) * shape->filter_w + x;
            for (int32_t column = columns.first; column < columns.end; ++column) {
              const int8_t* const from = in + (row * shape->in_w + column) * shape->in_c;
              const int8_t* const w = weights + (tap - column * shape->stride_w) * shape->in_c;
              for (int32_t c = 0; c < shape->in_c; ++c)
                sum += (uint32_t)((from[c] - zero_point) * w[c]);
            }
          }
          if (bias != NULL) sum += (uint32_t)bias[o];
          *out++ = output_int8((int32_t)sum, multipliers[o], shifts[o], to);
        }
      }
    }
    in += shape->in_h * shape->in_w * shape->in_c;
  }
}

#endif  // AOT_RUNTIME_TRANSPOSE_CONV_INT8_H_
