// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_RESIZE_BILINEAR_H_
#define AOT_RUNTIME_RESIZE_BILINEAR_H_

#include <stdint.h>

struct resize_bilinear {
  int32_t batches, in_height, in_width, height, width, depth;
  // Whether the middles of pixels are scaled, not their corners.
  int32_t half_pixel;
};

#endif  // AOT_RUNTIME_RESIZE_BILINEAR_H_
