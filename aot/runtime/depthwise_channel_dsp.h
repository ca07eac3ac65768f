// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_DEPTHWISE_CHANNEL_DSP_H_
#define AOT_RUNTIME_DEPTHWISE_CHANNEL_DSP_H_

#include <stdint.h>

// A channel of a depthwise convolution of 3 x 3.
struct depthwise_channel_dsp {
  // Twice the weights: of each row the first two, then the last two of each.
  uint32_t first[3], last[3];
  // Twice the bias.
  int32_t bias;
  int32_t multiplier, shift, rounding;
  // From an output to the one beside it.
  int32_t step;
  // Outputs of a row, an even number; how many of them the next row writes once more.
  int32_t columns, again;
  int32_t rows;
  // Halves from a row of the plane to the next one, and from the end of a row of windows to the next row's begin.
  int32_t pitch, advance;
};

#endif  // AOT_RUNTIME_DEPTHWISE_CHANNEL_DSP_H_
