// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_GATHER_MVE_H_
#define AOT_RUNTIME_GATHER_MVE_H_

#include <stdbool.h>
#include <stdint.h>

#include "aot/runtime/conv_2d.h"
#include "aot/runtime/copy_bytes_mve.h"
#include "aot/runtime/dense_int8.h"
#include "aot/runtime/fill_bytes_mve.h"

// Copies what a window sees of one group. Outside of the image is the zero point.
AOT_NOT_INLINED static void gather_mve(const struct conv_2d* shape, int32_t zero_point,
                                       const int8_t* image, int32_t top, int32_t left,
                                       int32_t channels, int8_t* patch) {
  const int32_t run = shape->filter_w * channels;
  const bool in_a_row = shape->filter_w == 1 || (shape->groups == 1 && shape->dilation_w == 1);
  // Columns outside of the image, if the others lie in a row.
  int32_t before = left < 0 ? -left : 0;
  if (before > shape->filter_w) before = shape->filter_w;
  int32_t after = left + shape->filter_w - shape->in_w;
  if (after < 0) after = 0;
  if (after > shape->filter_w - before) after = shape->filter_w - before;
  const int32_t inside = run - (before + after) * channels;
  for (int32_t i = 0; i < shape->filter_h; ++i) {
    const int32_t y = top + i * shape->dilation_h;
    const int32_t line = y * shape->in_w * shape->in_c;
    if (y < 0 || y >= shape->in_h) {
      fill_bytes_mve(run, zero_point, patch);
      patch += run;
    } else if (in_a_row) {
      if (before != 0) fill_bytes_mve(before * channels, zero_point, patch);
      patch += before * channels;
      if (inside != 0) {
        copy_bytes_mve(1, inside, 0, image + line + (left + before) * shape->in_c, patch);
      }
      patch += inside;
      if (after != 0) fill_bytes_mve(after * channels, zero_point, patch);
      patch += after * channels;
    } else {
      for (int32_t j = 0; j < shape->filter_w; ++j) {
        const int32_t x = left + j * shape->dilation_w;
        if (x >= 0 && x < shape->in_w) {
          copy_bytes_mve(1, channels, 0, image + line + x * shape->in_c, patch);
        } else {
          fill_bytes_mve(channels, zero_point, patch);
        }
        patch += channels;
      }
    }
  }
}

#endif  // AOT_RUNTIME_GATHER_MVE_H_
