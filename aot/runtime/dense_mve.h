// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_DENSE_MVE_H_
#define AOT_RUNTIME_DENSE_MVE_H_

#include <stdint.h>

// Dot products of two rows of inputs, which may be the same, with many outputs. The input's zero point is in the bias.
// The order counts: see dense_pair_mve.
struct dense_mve {
  const int8_t *a, *b;
  int8_t *out_a, *out_b;
  // One at least of each.
  int32_t inputs, outputs;
  // Of two outputs by turns, 16 inputs at a time, with zeros after the last ones. Of four outputs, first those of the first
  // and the third one, then those of the others. If three are left, they are four, and the fourth one is 0. Two that are
  // left, or one and one of 0, come together.
  const int8_t* weights;
  // In the order of the weights.
  const int32_t* bias;
  // For four outputs four multipliers, then a word with their shifts, the first one in the low byte: as the argument of
  // `output_int8`, one to the right at least.
  const int32_t* factors;
  // From the factors of four outputs to those of the next four: 0 if all are the same.
  int32_t next_factors;
  int32_t zero_point, lowest, highest;
};

#endif  // AOT_RUNTIME_DENSE_MVE_H_
