// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_CONV_2D_MAX_H_
#define AOT_RUNTIME_CONV_2D_MAX_H_

#include <stdbool.h>
#include <stdint.h>

#include "aot/runtime/dense_int8.h"

// Where the windows lie of which the largest sum counts: `lines` times `pairs` times two, the second one of a pair `next`
// after the first one.
struct window_pairs {
  int32_t next;
  int32_t pairs, next_pair;
  int32_t lines, next_line;
};

// A convolution without groups, and the maximum of several places of each channel.
struct conv_2d_max {
  int32_t batches;
  int32_t in_h, in_w, in_c;
  // After the maximum.
  int32_t out_h, out_w, out_c;
  // From what an output sees to what the next one sees, and how much that is.
  int32_t step_h, step_w;
  int32_t seen_h, seen_w;
  int32_t pad_h, pad_w;
  // Of the image, and of a copy of what an output sees.
  struct window_int8 direct;
  struct window_pairs direct_places;
  struct window_int8 copied;
  struct window_pairs copied_places;
};

// Finds the first element that an output sees. If not all that it sees is inside of the image, it is copied to `patch`,
// with the zero point outside of the image.
static inline const int8_t* seen_int8(const struct conv_2d_max* shape, int32_t zero_point,
                                      const int8_t* image, int32_t top, int32_t left,
                                      int8_t* patch) {
  if (top >= 0 && top + shape->seen_h <= shape->in_h && left >= 0 &&
      left + shape->seen_w <= shape->in_w) {
    return image + (top * shape->in_w + left) * shape->in_c;
  }
  int8_t* to = patch;
  for (int32_t y = top; y < top + shape->seen_h; ++y) {
    for (int32_t x = left; x < left + shape->seen_w; ++x) {
      const bool inside = y >= 0 && y < shape->in_h && x >= 0 && x < shape->in_w;
      const int8_t* from = inside ? image + (y * shape->in_w + x) * shape->in_c : image;
      for (int32_t c = 0; c < shape->in_c; ++c) *to++ = inside ? from[c] : (int8_t)zero_point;
    }
  }
  return patch;
}

#endif  // AOT_RUNTIME_CONV_2D_MAX_H_
