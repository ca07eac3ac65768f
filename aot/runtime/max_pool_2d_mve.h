// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_MAX_POOL_2D_MVE_H_
#define AOT_RUNTIME_MAX_POOL_2D_MVE_H_

#include <stdint.h>

#include "aot/runtime/keep_stores_mve.h"
#include "aot/runtime/mve.h"
#include "aot/runtime/pool_2d.h"

// Sixteen channels at a time.
static inline void max_pool_2d_mve(const struct pool_2d* shape, int8_t lowest, int8_t highest,
                                   const int8_t* in, int8_t* out) {
  const int32_t channels = shape->channels;
  for (int32_t b = 0; b < shape->batches; ++b) {
    for (int32_t y = 0; y < shape->out_h; ++y) {
      const struct visible_inputs rows =
          visible_inputs(y * shape->stride_h - shape->pad_h, shape->filter_h, shape->in_h);
      for (int32_t x = 0; x < shape->out_w; ++x) {
        const struct visible_inputs columns =
            visible_inputs(x * shape->stride_w - shape->pad_w, shape->filter_w, shape->in_w);
        for (int32_t c = 0; c < channels; c += 16) {
#if AOT_MVE
          const mve_pred16_t there = vctp8q((uint32_t)(channels - c));
          int8x16_t best = vdupq_n_s8(lowest);
#else
          int8_t best[16];
          const int32_t there = channels - c < 16 ? channels - c : 16;
          for (int32_t k = 0; k < there; ++k) best[k] = lowest;
#endif
          for (int32_t i = rows.first; i < rows.end; ++i) {
            for (int32_t j = columns.first; j < columns.end; ++j) {
              const int8_t* const from = in + (i * shape->in_w + j) * channels + c;
#if AOT_MVE
              best = vmaxq_s8(best, vldrbq_z_s8(from, there));
#else
              for (int32_t k = 0; k < there; ++k) best[k] = from[k] > best[k] ? from[k] : best[k];
#endif
            }
          }
#if AOT_MVE
          keep_stores_mve();
          vstrbq_p_s8(out + c, vminq_s8(best, vdupq_n_s8(highest)), there);
#else
          for (int32_t k = 0; k < there; ++k) out[c + k] = best[k] < highest ? best[k] : highest;
#endif
        }
        out += channels;
      }
    }
    in += shape->in_h * shape->in_w * channels;
  }
}

#endif  // AOT_RUNTIME_MAX_POOL_2D_MVE_H_
