// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_CONV_2D_H_
#define AOT_RUNTIME_CONV_2D_H_

#include <stdint.h>

// Shapes of a convolution: batch, height, width, channels.
struct conv_2d {
  int32_t batches;
  int32_t in_h, in_w, in_c;
  int32_t out_h, out_w, out_c;
  int32_t filter_h, filter_w;
  int32_t stride_h, stride_w;
  int32_t dilation_h, dilation_w;
  int32_t pad_h, pad_w;
  int32_t groups;
};

// How weights lie, and what they mean.
struct conv_2d_weights {
  // From an output's weights to the next one's, and from those of a tap to the next tap's.
  int32_t next_output, next_tap;
  int32_t zero_point;
};

#endif  // AOT_RUNTIME_CONV_2D_H_
