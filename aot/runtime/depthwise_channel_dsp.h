// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_DEPTHWISE_CHANNEL_DSP_H_
#define AOT_RUNTIME_DEPTHWISE_CHANNEL_DSP_H_

#include <stdint.h>

// A channel of a depthwise convolution of 3 x 3, of which rows of outputs are computed, two outputs at a time. The order
// counts.
struct depthwise_channel_dsp {
  // Twice the weights: of each row the first two, then the last two of each.
  uint32_t first[3], last[3];
  // Twice the bias.
  int32_t bias;
  int32_t multiplier, shift, rounding;
  // From an output to the one beside it.
  int32_t step;
  // Bytes of the plane from a row's first window to the one after its last window.
  int32_t width;
  // From what a row of outputs ends with back to where the next row begins.
  int32_t back;
  int32_t rows;
  // Bytes of the plane from the end of a row of windows to the begin of the next row.
  int32_t advance;
  // Halves from a row of the plane to the next one.
  int32_t pitch;
};

#endif  // AOT_RUNTIME_DEPTHWISE_CHANNEL_DSP_H_
