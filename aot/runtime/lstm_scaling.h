// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_LSTM_SCALING_H_
#define AOT_RUNTIME_LSTM_SCALING_H_

#include <stdint.h>

#include "aot/runtime/clamp.h"
#include "aot/runtime/requantize.h"
#include "aot/runtime/sigmoid_fixed.h"
#include "aot/runtime/tanh_fixed.h"

// How sums become gates (of inputs, and of the hidden state before), gates cells, and cells
// outputs. Gates are in the order forget, input, cell, output.
struct lstm_scaling {
  int32_t input_multipliers[4];
  int32_t input_shifts[4];
  int32_t hidden_multipliers[4];
  int32_t hidden_shifts[4];
  int32_t cell_multiplier;
  int32_t cell_shift;
  int32_t cell_lowest;
  int32_t cell_highest;
  int32_t tanh_multiplier;
  int32_t tanh_shift;
  int32_t output_multiplier;
  int32_t output_shift;
};

static inline int32_t saturate_int16(int32_t x) { return clamp(x, INT16_MIN, INT16_MAX); }

// One cell: gives what is next of the cell's state and, through `hidden`, of the hidden state
// without its zero point.
static inline int32_t lstm_cell(const struct lstm_scaling* by, const uint16_t* table,
                                const int32_t* gates, int32_t cell, int32_t* hidden) {
  const int32_t forget = sigmoid_fixed(table, gates[0] * 3);
  const int32_t input = sigmoid_fixed(table, gates[1] * 3);
  const int32_t candidate = tanh_fixed(table, gates[2] * 3);
  const int32_t output = sigmoid_fixed(table, gates[3] * 3);
  const int32_t kept = requantize(forget * cell, 1 << 30, -14);
  const int32_t added =
      saturate_int16(requantize(input * candidate, by->cell_multiplier, by->cell_shift));
  const int32_t next = clamp(kept + added, by->cell_lowest, by->cell_highest);
  const int32_t half = by->tanh_shift > 0 ? 1 << (by->tanh_shift - 1) : 0;
  const int32_t scaled = (next * by->tanh_multiplier + half) >> by->tanh_shift;
  *hidden = requantize(tanh_fixed(table, scaled) * output, by->output_multiplier, by->output_shift);
  return next;
}

#endif  // AOT_RUNTIME_LSTM_SCALING_H_
