// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_AVERAGE_POOL_2D_INT8_H_
#define AOT_RUNTIME_AVERAGE_POOL_2D_INT8_H_

#include <stdint.h>

#include "aot/runtime/clamp.h"
#include "aot/runtime/pool_2d.h"
#include "aot/runtime/wrapping_sum.h"

// Halves are rounded away from zero. Sums wrap, as they do in TFLM.
static inline void average_pool_2d_int8(const struct pool_2d* shape, int32_t lowest,
                                        int32_t highest, const int8_t* in, int8_t* out) {
  for (int32_t b = 0; b < shape->batches; ++b) {
    for (int32_t y = 0; y < shape->out_h; ++y) {
      const struct visible_inputs rows =
          visible_inputs(y * shape->stride_h - shape->pad_h, shape->filter_h, shape->in_h);
      for (int32_t x = 0; x < shape->out_w; ++x) {
        const struct visible_inputs columns =
            visible_inputs(x * shape->stride_w - shape->pad_w, shape->filter_w, shape->in_w);
        for (int32_t c = 0; c < shape->channels; ++c) {
          int32_t sum = 0;
          for (int32_t row = rows.first; row < rows.end; ++row) {
            const int8_t* from = in + (row * shape->in_w + columns.first) * shape->channels + c;
            for (int32_t column = columns.first; column < columns.end; ++column) {
              sum = wrapping_sum(sum, *from);
              from += shape->channels;
            }
          }
          const int32_t count = (rows.end - rows.first) * (columns.end - columns.first);
          const int32_t half = sum > 0 ? count / 2 : -(count / 2);
          *out++ = (int8_t)clamp(wrapping_sum(sum, half) / count, lowest, highest);
        }
      }
    }
    in += shape->in_h * shape->in_w * shape->channels;
  }
}

#endif  // AOT_RUNTIME_AVERAGE_POOL_2D_INT8_H_
