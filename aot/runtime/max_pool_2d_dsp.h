// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_MAX_POOL_2D_DSP_H_
#define AOT_RUNTIME_MAX_POOL_2D_DSP_H_

#include <stdint.h>
#include <string.h>

#include "aot/runtime/load_bytes.h"
#include "aot/runtime/max_of_bytes.h"
#include "aot/runtime/pool_2d.h"

// Four channels at a time: there are four at least.
static inline void max_pool_2d_dsp(const struct pool_2d* shape, const int8_t* in, int8_t* out) {
  const int32_t channels = shape->channels;
  for (int32_t b = 0; b < shape->batches; ++b) {
    for (int32_t y = 0; y < shape->out_h; ++y) {
      const struct visible_inputs rows =
          visible_inputs(y * shape->stride_h - shape->pad_h, shape->filter_h, shape->in_h);
      for (int32_t x = 0; x < shape->out_w; ++x) {
        const struct visible_inputs columns =
            visible_inputs(x * shape->stride_w - shape->pad_w, shape->filter_w, shape->in_w);
        const int32_t width = columns.end - columns.first;
        const int8_t* const window = in + (rows.first * shape->in_w + columns.first) * channels;
        for (int32_t c = 0; c < channels; c += 4) {
          // The last four channels may be partly those before them.
          if (c > channels - 4) c = channels - 4;
          uint32_t best = 0x80808080u;
          const int8_t* from = window + c;
          for (int32_t i = rows.first; i < rows.end && width > 0; ++i) {
            int32_t left = width;
            do {
              best = max_of_bytes(best, load_bytes(from, 4));
              from += channels;
            } while (--left != 0);
            from += (shape->in_w - width) * channels;
          }
          memcpy(out + c, &best, sizeof(best));
        }
        out += channels;
      }
    }
    in += shape->in_h * shape->in_w * channels;
  }
}

#endif  // AOT_RUNTIME_MAX_POOL_2D_DSP_H_
