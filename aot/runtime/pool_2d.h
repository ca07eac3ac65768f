// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_POOL_2D_H_
#define AOT_RUNTIME_POOL_2D_H_

#include <stdint.h>

// Shapes of a pooling: batch, height, width, channels.
struct pool_2d {
  int32_t batches;
  int32_t in_h, in_w, channels;
  int32_t out_h, out_w;
  int32_t filter_h, filter_w;
  int32_t stride_h, stride_w;
  int32_t pad_h, pad_w;
};

// From `first` to below `end`: what a window sees of the input in one dimension.
struct visible_inputs {
  int32_t first;
  int32_t end;
};

static inline struct visible_inputs visible_inputs(int32_t start, int32_t size, int32_t length) {
  struct visible_inputs seen = {start, start + size};
  if (seen.first < 0) seen.first = 0;
  if (seen.end > length) seen.end = length;
  return seen;
}

#endif  // AOT_RUNTIME_POOL_2D_H_
