// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_DENSE_DSP_H_
#define AOT_RUNTIME_DENSE_DSP_H_

#include <stdint.h>

#include "aot/runtime/dense_int8.h"

// Dot products for cores that multiply pairs of 16 bits. Inputs come in fours; two words have the inputs 0 and 2,
// then 1 and 3, each of 16 bits. A half of a word of weights is a weight of one output, plus 256 times that of the
// next output: a sum of products with it, less the first output's sum, is 256 times the second one's, which fits in
// 24 bits.
//
// words: blocks of four outputs, then the weights of the two or one that are left. A block has four biases, of which
// the second one and the fourth one have 256 times their own beside the one before; weights; the first multiplier,
// the four shifts as bytes, and the other multipliers.
struct dense_dsp {
  int32_t outputs;
  // See scale_int8.
  int32_t rounding;
  // How many fours of inputs.
  int32_t fours;
  const uint32_t* words;
  // Of the outputs that are left; NULL if none are.
  const int32_t* bias;
  const int32_t* multipliers;
  const int8_t* shifts;
};

#endif  // AOT_RUNTIME_DENSE_DSP_H_
