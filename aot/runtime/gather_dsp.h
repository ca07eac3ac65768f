// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_GATHER_DSP_H_
#define AOT_RUNTIME_GATHER_DSP_H_

#include <stdbool.h>
#include <stdint.h>

#include "aot/runtime/conv_2d.h"
#include "aot/runtime/dense_int8.h"
#include "aot/runtime/expand_dsp.h"

// What a window sees of one group, as words: see expand_dsp. Each row begins with a new word, or follows the one before
// if rows are not fours. Outside of the image is the zero point. bytes: memory for what is not copied as words: see
// conv_2d_dsp.
AOT_NOT_INLINED static void gather_dsp(const struct conv_2d* shape, int32_t zero_point,
                                       const int8_t* image, int32_t top, int32_t left,
                                       int32_t channels, int8_t* bytes, uint32_t* patch) {
  const int32_t run = shape->filter_w * channels;
  const bool together = run % 4 != 0 && shape->filter_h > 1;
  const uint32_t outside = ((uint32_t)zero_point & 0xffffu) * 0x10001u;
  const bool in_a_row = shape->filter_w == 1 || (shape->groups == 1 && shape->dilation_w == 1);
  const bool whole = in_a_row && left >= 0 && left + shape->filter_w <= shape->in_w;
  int8_t* to = bytes;
  for (int32_t i = 0; i < shape->filter_h; ++i) {
    const int32_t y = top + i * shape->dilation_h;
    const int32_t line = y * shape->in_w * shape->in_c;
    const bool row_seen = y >= 0 && y < shape->in_h;
    if (whole && row_seen && !together) {
      expand_dsp(run, image + line + left * shape->in_c, patch);
    } else if (channels % 4 == 0) {
      uint32_t* words = patch;
      for (int32_t j = 0; j < shape->filter_w; ++j) {
        const int32_t x = left + j * shape->dilation_w;
        if (row_seen && x >= 0 && x < shape->in_w) {
          expand_dsp(channels, image + line + x * shape->in_c, words);
        } else {
          for (int32_t n = 0; n < channels / 2; ++n) words[2 * n] = outside;
        }
        words += channels;
      }
    } else {
      for (int32_t j = 0; j < shape->filter_w; ++j) {
        const int32_t x = left + j * shape->dilation_w;
        const bool seen = row_seen && x >= 0 && x < shape->in_w;
        const int8_t* const from = image + (seen ? line + x * shape->in_c : 0);
        for (int32_t c = 0; c < channels; ++c) *to++ = seen ? from[c] : (int8_t)zero_point;
      }
      if (!together) {
        expand_dsp(run, bytes, patch);
        to = bytes;
      }
    }
    if (!together) patch += 4 * ((run + 3) / 4);
  }
  if (together) expand_dsp(shape->filter_h * run, bytes, patch);
}

#endif  // AOT_RUNTIME_GATHER_DSP_H_
