// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_SEE_PAIR_DSP_H_
#define AOT_RUNTIME_SEE_PAIR_DSP_H_

#include <stdbool.h>
#include <stdint.h>

#include "aot/runtime/conv_2d.h"
#include "aot/runtime/copy_pair_dsp.h"
#include "aot/runtime/expand_pair_dsp.h"
#include "aot/runtime/gather_dsp.h"

// What two windows see of a group, as words by turns: see struct dense_dsp. channels: of a group. image: the first one. The
// second window is not above the first one. patch: memory for these words, then for bytes: for those of both windows
// if rows of a window are not fours, or else for a row if channels are not.
static inline void see_pair_dsp(const struct conv_2d* shape, int32_t channels, int32_t fours,
                                int32_t zero_point, const int8_t* image, int32_t top_a,
                                int32_t left_a, int32_t top_b, int32_t left_b, uint32_t* patch) {
  const int32_t run = shape->filter_w * channels;
  const bool together = run % 4 != 0 && shape->filter_h > 1;
  const int32_t line = shape->in_w * shape->in_c;
  const int32_t next_row = shape->dilation_h * line;
  const int32_t last_top = shape->in_h - 1 - (shape->filter_h - 1) * shape->dilation_h;
  const int32_t last_left = shape->in_w - shape->filter_w;
  const bool in_a_row = shape->filter_w == 1 || (shape->groups == 1 && shape->dilation_w == 1);
  // Up to here four bytes may be read.
  const int32_t whole_words = line * shape->in_h - channels * (shape->groups - 1) - 4;
  int8_t* const bytes_a = (int8_t*)(patch + 4 * fours);
  int8_t* const bytes_b = bytes_a + 4 * fours;
  if (in_a_row && top_a >= 0 && top_b <= last_top && left_a >= 0 && left_b >= 0 &&
      left_a <= last_left && left_b <= last_left) {
    const int32_t from_a = top_a * line + left_a * shape->in_c;
    const int32_t from_b = top_b * line + left_b * shape->in_c;
    if (together) {
      copy_pair_dsp(shape->filter_h, run, next_row, image + from_a, image + from_b, bytes_a,
                    bytes_b);
      expand_pair_dsp(4 * fours, 4, bytes_a, bytes_b, patch);
      return;
    }
    const int32_t last_word = (from_b > from_a ? from_b : from_a) + run / 4 * 4;
    for (int32_t i = 0; i < shape->filter_h; ++i) {
      const int32_t next = i * next_row;
      const int32_t last = last_word + next <= whole_words ? 4 : run % 4;
      patch = expand_pair_dsp(run, last, image + from_a + next, image + from_b + next, patch);
    }
    return;
  }
  gather_dsp(shape, zero_point, image, top_a, left_a, channels, bytes_a, patch);
  gather_dsp(shape, zero_point, image, top_b, left_b, channels, bytes_a, patch + 1);
}

#endif  // AOT_RUNTIME_SEE_PAIR_DSP_H_
