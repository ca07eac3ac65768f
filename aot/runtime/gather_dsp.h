// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_GATHER_DSP_H_
#define AOT_RUNTIME_GATHER_DSP_H_

#include <stdbool.h>
#include <stdint.h>

#include "aot/runtime/conv_2d.h"
#include "aot/runtime/dense_int8.h"
#include "aot/runtime/expand_dsp.h"

// What a window sees of one group, as words: see expand_dsp. Each row begins with a new word. Outside of the image is
// the zero point. row: memory for a window's row, if channels don't come in fours.
AOT_NOT_INLINED static void gather_dsp(const struct conv_2d* shape, int32_t zero_point,
                                       const int8_t* image, int32_t top, int32_t left,
                                       int32_t channels, int8_t* row, uint32_t* patch) {
  const int32_t run = shape->filter_w * channels;
  const int32_t fours = (run + 3) / 4;
  const uint32_t outside = ((uint32_t)zero_point & 0xffffu) * 0x10001u;
  const bool in_a_row = shape->filter_w == 1 || (shape->groups == 1 && shape->dilation_w == 1);
  const bool whole = in_a_row && left >= 0 && left + shape->filter_w <= shape->in_w;
  for (int32_t i = 0; i < shape->filter_h; ++i) {
    const int32_t y = top + i * shape->dilation_h;
    const int32_t line = y * shape->in_w * shape->in_c;
    if (y < 0 || y >= shape->in_h) {
      for (int32_t n = 0; n < 2 * fours; ++n) patch[2 * n] = outside;
    } else if (whole) {
      expand_dsp(run, image + line + left * shape->in_c, patch);
    } else {
      int8_t* bytes = row;
      uint32_t* words = patch;
      for (int32_t j = 0; j < shape->filter_w; ++j) {
        const int32_t x = left + j * shape->dilation_w;
        const bool seen = x >= 0 && x < shape->in_w;
        const int8_t* const from = image + (seen ? line + x * shape->in_c : 0);
        if (channels % 4 != 0) {
          for (int32_t c = 0; c < channels; ++c) *bytes++ = seen ? from[c] : (int8_t)zero_point;
          continue;
        }
        if (seen) {
          expand_dsp(channels, from, words);
        } else {
          for (int32_t n = 0; n < channels / 2; ++n) words[2 * n] = outside;
        }
        words += channels;
      }
      if (channels % 4 != 0) expand_dsp(run, row, patch);
    }
    patch += 4 * fours;
  }
}

#endif  // AOT_RUNTIME_GATHER_DSP_H_
