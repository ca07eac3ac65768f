// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_AVERAGE_POOL_2D_FLOAT_H_
#define AOT_RUNTIME_AVERAGE_POOL_2D_FLOAT_H_

#include <stdint.h>

#include "aot/runtime/clamp_float.h"
#include "aot/runtime/pool_2d.h"

static inline void average_pool_2d_float(const struct pool_2d* shape, float lowest, float highest,
                                         const float* in, float* out) {
  for (int32_t b = 0; b < shape->batches; ++b) {
    for (int32_t y = 0; y < shape->out_h; ++y) {
      const struct visible_inputs rows =
          visible_inputs(y * shape->stride_h - shape->pad_h, shape->filter_h, shape->in_h);
      for (int32_t x = 0; x < shape->out_w; ++x) {
        const struct visible_inputs columns =
            visible_inputs(x * shape->stride_w - shape->pad_w, shape->filter_w, shape->in_w);
        for (int32_t c = 0; c < shape->channels; ++c) {
          float sum = 0;
          for (int32_t row = rows.first; row < rows.end; ++row) {
            const float* from = in + (row * shape->in_w + columns.first) * shape->channels + c;
            for (int32_t column = columns.first; column < columns.end; ++column) {
              sum += *from;
              from += shape->channels;
            }
          }
          const float count = (float)((rows.end - rows.first) * (columns.end - columns.first));
          *out++ = clamp_float(sum / count, lowest, highest);
        }
      }
    }
    in += shape->in_h * shape->in_w * shape->channels;
  }
}

#endif  // AOT_RUNTIME_AVERAGE_POOL_2D_FLOAT_H_
