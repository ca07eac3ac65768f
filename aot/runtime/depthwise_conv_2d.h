// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_DEPTHWISE_CONV_2D_H_
#define AOT_RUNTIME_DEPTHWISE_CONV_2D_H_

#include <stdint.h>

// Shapes of a depthwise convolution: batch, height, width, channels. Each input channel makes `multiplier` outputs.
struct depthwise_conv_2d {
  int32_t batches;
  int32_t in_h, in_w, in_c;
  int32_t out_h, out_w;
  int32_t multiplier;
  int32_t filter_h, filter_w;
  int32_t stride_h, stride_w;
  int32_t dilation_h, dilation_w;
  int32_t pad_h, pad_w;
};

#endif  // AOT_RUNTIME_DEPTHWISE_CONV_2D_H_
