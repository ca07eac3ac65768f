// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_CONV_2D_MAX_DSP_H_
#define AOT_RUNTIME_CONV_2D_MAX_DSP_H_

#include <stdint.h>

#include "aot/runtime/conv_2d.h"
#include "aot/runtime/dense_pair_dsp.h"
#include "aot/runtime/fours_dsp.h"
#include "aot/runtime/larger_bytes_dsp.h"
#include "aot/runtime/max_places.h"
#include "aot/runtime/see_pair_dsp.h"

// A convolution without groups, and the maximum of several places: `out_h` and `out_w` of the shape are those after it.
// patch: memory for what two windows see, see see_pair_dsp, and then for their outputs. For the other
// arguments see struct dense_dsp.
static inline void conv_2d_max_dsp(const struct conv_2d* shape, const struct max_places* places,
                                   int32_t zero_point, int32_t rounding, const int8_t* in,
                                   const uint32_t* words, const int32_t* bias,
                                   const int32_t* multipliers, const int8_t* shifts,
                                   uint32_t* patch, int8_t* out) {
  const int32_t channels = shape->in_c;
  const int32_t outputs = shape->out_c;
  const int32_t fours = fours_dsp(shape);
  const int32_t count = places->filter_h * places->filter_w;
  const struct dense_dsp layer = {outputs, rounding, fours, words, bias, multipliers, shifts};
  // Behind the words of two windows, and their bytes.
  int8_t* const row_a = (int8_t*)(patch + 6 * fours);
  int8_t* const row_b = row_a + outputs;
  for (int32_t b = 0; b < shape->batches; ++b) {
    for (int32_t y = 0; y < shape->out_h; ++y) {
      const int32_t top = y * places->stride_h * shape->stride_h - shape->pad_h;
      for (int32_t x = 0; x < shape->out_w; ++x) {
        const int32_t left = x * places->stride_w * shape->stride_w - shape->pad_w;
        for (int32_t p = 0; p < count; p += 2) {
          // If one place is left, it is taken twice.
          const int32_t q = p + 1 < count ? p + 1 : p;
          see_pair_dsp(shape, channels, fours, zero_point, in,
                       top + p / places->filter_w * shape->stride_h,
                       left + p % places->filter_w * shape->stride_w,
                       top + q / places->filter_w * shape->stride_h,
                       left + q % places->filter_w * shape->stride_w, patch);
          dense_pair_dsp(&layer, patch, p == 0 ? out : row_a, row_b);
          if (p != 0) larger_bytes_dsp(outputs, row_a, out);
          larger_bytes_dsp(outputs, row_b, out);
        }
        out += outputs;
      }
    }
    in += shape->in_h * shape->in_w * channels;
  }
}

#endif  // AOT_RUNTIME_CONV_2D_MAX_DSP_H_
