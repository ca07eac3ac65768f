// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_CONV_3X3_MAX_2X2_DSP_H_
#define AOT_RUNTIME_CONV_3X3_MAX_2X2_DSP_H_

#include <stdint.h>

#include "aot/runtime/conv_2d_max.h"
#include "aot/runtime/even_bytes.h"
#include "aot/runtime/load_bytes.h"
#include "aot/runtime/odd_bytes.h"
#include "aot/runtime/sums_3x3_max_2x2_dsp.h"

// As conv_2d_max_int8, of 3 x 3 inputs of one channel at 2 x 2 places. layer: see sums_3x3_max_2x2_dsp.
static inline void conv_3x3_max_2x2_dsp(const struct conv_2d_max* shape, int32_t zero_point,
                                        const int8_t* in, const uint32_t* layer, int8_t* patch,
                                        int8_t* out) {
  for (int32_t b = 0; b < shape->batches; ++b) {
    for (int32_t y = 0; y < shape->out_h; ++y) {
      const int32_t top = y * shape->step_h - shape->pad_h;
      for (int32_t x = 0; x < shape->out_w; ++x) {
        const int32_t left = x * shape->step_w - shape->pad_w;
        const int8_t* seen = seen_int8(shape, zero_point, in, top, left, patch);
        const int32_t line = seen == patch ? shape->seen_w : shape->in_w;
        uint32_t words[8];
        for (int32_t i = 0; i < 8; i += 2) {
          const uint32_t row = load_bytes(seen, 4);
          words[i] = even_bytes(row);
          words[i + 1] = odd_bytes(row);
          seen += line;
        }
        sums_3x3_max_2x2_dsp(shape->out_c, layer, words, out);
        out += shape->out_c;
      }
    }
    in += shape->in_h * shape->in_w;
  }
}

#endif  // AOT_RUNTIME_CONV_3X3_MAX_2X2_DSP_H_
