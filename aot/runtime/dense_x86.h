// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_DENSE_X86_H_
#define AOT_RUNTIME_DENSE_X86_H_

#include <stdint.h>

// What dot products have in common. Outputs come in blocks of 16, of which the last one has zeros at its end.
struct dense_x86 {
  int32_t outputs;
  // Inputs of a dot product: `rows` times `segments` times `fours` times four, with zeros for weights where there are
  // less. In inputs, from a row to the next one, and from a segment to the next one.
  int32_t rows, segments, fours;
  int32_t next_row, next_segment;
  // Twice the output's zero point, plus one.
  int32_t rounding;
  int32_t lowest, highest;
};

// Numbers of 16 outputs.
enum {
  kBiasX86 = 0,
  // The bias for inputs with 128 added: less 128 times the sum of the weights.
  kBias128X86 = 16,
  kMultipliersX86 = 32,
  // What is added to the scaled sum before it is shifted: half of an output's unit, and the zero point.
  kOffsetsX86 = 48,
  // To the right, from 1 to 22.
  kShiftsX86 = 64,
  kNumbersX86 = 80,
};

#endif  // AOT_RUNTIME_DENSE_X86_H_
