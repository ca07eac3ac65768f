// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_DEPTHWISE_3X3_H_
#define AOT_RUNTIME_DEPTHWISE_3X3_H_

#include <stdint.h>

// A depthwise convolution by windows of 3 x 3 without dilation. Outputs are made along one axis of the image, the one that
// is longer, strip by strip across it.
struct depthwise_3x3 {
  int32_t batches, channels;
  int32_t in_along, in_across;
  int32_t out_along, out_across;
  // From an input or an output to the next one.
  int32_t next_in_along, next_in_across;
  int32_t next_out_along, next_out_across;
  int32_t pad_along, pad_across;
  // So many outputs along are made at a time: an even number with stride 1, a multiple of four with stride 2.
  int32_t piece;
};

// Of a strip in memory: bytes of a column of 16 channels, each with a word of four places across.
enum { kDepthwiseColumn = 64, kDepthwiseChannels = 16 };

// Outputs of up to 16 channels from a strip. The order counts.
struct depthwise_block {
  // The first channel's word in the first column, and where its first output goes. Both move on.
  const int8_t* columns;
  int8_t* out;
  // Six words of each channel: three columns of three weights, each with a zero after it, then the bias, with the
  // input's zero point in it, the multiplier and the shift, as arguments of output_int8.
  const int32_t* records;
  // One at least. It counts down.
  int32_t channels;
  // With stride 1 how often two by two outputs come, and whether two more columns overlap the last ones; with stride 2
  // how often four outputs come, and how many are left.
  int32_t whole, left;
  // From two columns of outputs, or four outputs, to the next ones.
  int32_t next_out;
  int32_t zero_point;
  // Zeros around a channel's weights.
  int8_t window[24];
  // Where vectors of four words come from, less what is added before, and where their outputs go.
  int32_t places[4], to[4];
};

#endif  // AOT_RUNTIME_DEPTHWISE_3X3_H_
