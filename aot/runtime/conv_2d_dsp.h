// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_CONV_2D_DSP_H_
#define AOT_RUNTIME_CONV_2D_DSP_H_

#include <stdbool.h>
#include <stdint.h>

#include "aot/runtime/conv_2d.h"
#include "aot/runtime/copy_pair_dsp.h"
#include "aot/runtime/dense_pair_dsp.h"
#include "aot/runtime/expand_pair_dsp.h"
#include "aot/runtime/gather_dsp.h"

// patch: memory for what two windows see of a group, then for bytes: for those of two windows if rows of a window are
// not fours, or else for a row if channels are not. For the other arguments see struct dense_dsp.
static inline void conv_2d_dsp(const struct conv_2d* shape, int32_t zero_point, int32_t rounding,
                               const int8_t* in, const uint32_t* words, const int32_t* bias,
                               const int32_t* multipliers, const int8_t* shifts, uint32_t* patch,
                               int8_t* out) {
  const int32_t channels = shape->in_c / shape->groups;
  const int32_t filters = shape->out_c / shape->groups;
  const int32_t run = shape->filter_w * channels;
  // Rows that are not fours lie one after the other.
  const bool together = run % 4 != 0 && shape->filter_h > 1;
  const int32_t fours =
      together ? (shape->filter_h * run + 3) / 4 : shape->filter_h * ((run + 3) / 4);
  const int32_t line = shape->in_w * shape->in_c;
  const int32_t next_row = shape->dilation_h * line;
  const int32_t last_top = shape->in_h - 1 - (shape->filter_h - 1) * shape->dilation_h;
  const int32_t last_left = shape->in_w - shape->filter_w;
  const bool in_a_row = shape->filter_w == 1 || (shape->groups == 1 && shape->dilation_w == 1);
  // Up to here four bytes may be read.
  const int32_t whole_words = line * shape->in_h - channels * (shape->groups - 1) - 4;
  int8_t* const bytes_a = (int8_t*)(patch + 4 * fours);
  int8_t* const bytes_b = bytes_a + 4 * fours;
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
          if (in_a_row && first_top >= 0 && top <= last_top && first_left >= 0 && left >= 0 &&
              first_left <= last_left && left <= last_left) {
            const int32_t from_a = first_top * line + first_left * shape->in_c;
            const int32_t from_b = top * line + left * shape->in_c;
            int32_t last_word = from_b > from_a ? from_b : from_a;
            last_word += run / 4 * 4;
            if (together) {
              copy_pair_dsp(shape->filter_h, run, next_row, image + from_a, image + from_b, bytes_a,
                            bytes_b);
              expand_pair_dsp(4 * fours, 4, bytes_a, bytes_b, patch);
            }
            uint32_t* expanded = patch;
            for (int32_t i = 0; i < shape->filter_h && !together; ++i) {
              const int32_t next = i * next_row;
              const int32_t last = last_word + next <= whole_words ? 4 : run % 4;
              expanded = expand_pair_dsp(run, last, image + from_a + next, image + from_b + next,
                                         expanded);
            }
          } else {
            gather_dsp(shape, zero_point, image, first_top, first_left, channels, bytes_a, patch);
            gather_dsp(shape, zero_point, image, top, left, channels, bytes_a, patch + 1);
          }
          dense_pair_dsp(&layer, patch, first_to, second_to);
        }
      }
      image += line * shape->in_h;
    }
    // Of the outputs that are left, two have one word of weights.
    const int32_t left = filters % 4;
    layer.words += filters / 4 * (4 * fours + 9) + (left + 1) / 2 * 2 * fours;
    layer.bias += left;
    layer.multipliers += left;
    layer.shifts += left;
  }
}

#endif  // AOT_RUNTIME_CONV_2D_DSP_H_
