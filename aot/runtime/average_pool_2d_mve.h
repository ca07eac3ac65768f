// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_AVERAGE_POOL_2D_MVE_H_
#define AOT_RUNTIME_AVERAGE_POOL_2D_MVE_H_

#include <stdint.h>

#include "aot/runtime/clamp.h"
#include "aot/runtime/mve.h"
#include "aot/runtime/pool_2d.h"

// The same as average_pool_2d_int8, four channels at a time, of windows whose sums don't wrap.
static inline void average_pool_2d_mve(const struct pool_2d* shape, int32_t lowest, int32_t highest,
                                       const int8_t* in, int8_t* out) {
  const int32_t channels = shape->channels;
  for (int32_t b = 0; b < shape->batches; ++b) {
    for (int32_t y = 0; y < shape->out_h; ++y) {
      const struct visible_inputs rows =
          visible_inputs(y * shape->stride_h - shape->pad_h, shape->filter_h, shape->in_h);
      for (int32_t x = 0; x < shape->out_w; ++x) {
        const struct visible_inputs columns =
            visible_inputs(x * shape->stride_w - shape->pad_w, shape->filter_w, shape->in_w);
        const int32_t count = (rows.end - rows.first) * (columns.end - columns.first);
        for (int32_t c = 0; c < channels; c += 4) {
          const int32_t there = channels - c < 4 ? channels - c : 4;
          int32_t sums[4] = {0, 0, 0, 0};
#if AOT_MVE
          const mve_pred16_t all = vctp32q((uint32_t)there);
          int32x4_t total = vdupq_n_s32(0);
#endif
          for (int32_t i = rows.first; i < rows.end; ++i) {
            for (int32_t j = columns.first; j < columns.end; ++j) {
              const int8_t* const from = in + (i * shape->in_w + j) * channels + c;
#if AOT_MVE
              total = vaddq_s32(total, vldrbq_z_s32(from, all));
#else
              for (int32_t k = 0; k < there; ++k) sums[k] += from[k];
#endif
            }
          }
#if AOT_MVE
          vstrwq_s32(sums, total);
#endif
          for (int32_t k = 0; k < there; ++k) {
            const int32_t half = sums[k] > 0 ? count / 2 : -(count / 2);
            out[c + k] = (int8_t)clamp((sums[k] + half) / count, lowest, highest);
          }
        }
        out += channels;
      }
    }
    in += shape->in_h * shape->in_w * channels;
  }
}

#endif  // AOT_RUNTIME_AVERAGE_POOL_2D_MVE_H_
