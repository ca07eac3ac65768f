// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_CONV_2D_DSP_H_
#define AOT_RUNTIME_CONV_2D_DSP_H_

#include <stdbool.h>
#include <stdint.h>

#include "aot/runtime/conv_2d.h"
#include "aot/runtime/dense_pair_dsp.h"
#include "aot/runtime/fours_dsp.h"
#include "aot/runtime/see_pair_dsp.h"

// patch: memory for what two windows see of a group: see see_pair_dsp. For the other arguments see struct dense_dsp.
static inline void conv_2d_dsp(const struct conv_2d* shape, int32_t zero_point, int32_t rounding,
                               const int8_t* in, const uint32_t* words, const int32_t* bias,
                               const int32_t* multipliers, const int8_t* shifts, uint32_t* patch,
                               int8_t* out) {
  const int32_t channels = shape->in_c / shape->groups;
  const int32_t filters = shape->out_c / shape->groups;
  const int32_t fours = fours_dsp(shape);
  const int32_t line = shape->in_w * shape->in_c;
  struct dense_dsp layer = {filters, rounding, fours, words, bias, multipliers, shifts};
  for (int32_t g = 0; g < shape->groups; ++g) {
    const int8_t* image = in + g * channels;
    int8_t* to = out + g * filters;
    for (int32_t b = 0; b < shape->batches; ++b) {
      // The first one of two windows, which may be in the last row of outputs.
      bool waiting = false;
      int32_t first_top = 0;
      int32_t first_left = 0;
      for (int32_t y = 0; y < shape->out_h; ++y) {
        const int32_t top = y * shape->stride_h - shape->pad_h;
        for (int32_t x = 0; x < shape->out_w; ++x) {
          const int32_t left = x * shape->stride_w - shape->pad_w;
          waiting = !waiting;
          to += shape->out_c;
          if (waiting) {
            first_top = top;
            first_left = left;
            // The last one of all may have no other one.
            if (y + 1 < shape->out_h || x + 1 < shape->out_w) continue;
          }
          int8_t* const second_to = to - shape->out_c;
          int8_t* const first_to = waiting ? second_to : second_to - shape->out_c;
          see_pair_dsp(shape, channels, fours, zero_point, image, first_top, first_left, top, left,
                       patch);
          dense_pair_dsp(&layer, patch, first_to, second_to);
        }
      }
      image += line * shape->in_h;
    }
    // Of the outputs that are left, two have one word of weights.
    const int32_t left = filters % 4;
    layer.words += filters / 4 * (4 * fours + 9) + (left + 1) / 2 * 2 * fours;
    if (left == 0) continue;
    layer.bias += left;
    layer.multipliers += left;
    layer.shifts += left;
  }
}

#endif  // AOT_RUNTIME_CONV_2D_DSP_H_
