// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_TRANSPOSE_CONV_H_
#define AOT_RUNTIME_TRANSPOSE_CONV_H_

#include <stdint.h>

// Shapes of a transposed convolution: batch, height, width, channels. Each input reaches as many outputs as the weights
// have taps, from its place times the stride on, less the padding.
struct transpose_conv {
  int32_t batches;
  int32_t in_h, in_w, in_c;
  int32_t out_h, out_w, out_c;
  int32_t filter_h, filter_w;
  int32_t stride_h, stride_w;
  int32_t pad_h, pad_w;
};

// The inputs that reach an output, in one dimension: from `first` to below `end`.
struct reaching_inputs {
  int32_t first;
  int32_t end;
};

// place: of the output, with the padding before it. length: of the input.
static inline struct reaching_inputs reaching_inputs(int32_t place, int32_t taps, int32_t stride,
                                                     int32_t length) {
  struct reaching_inputs seen = {0, place / stride + 1};
  if (place >= taps) seen.first = (place - taps) / stride + 1;
  if (seen.end > length) seen.end = length;
  return seen;
}

#endif  // AOT_RUNTIME_TRANSPOSE_CONV_H_
