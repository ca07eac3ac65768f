// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_LSTM_INT16_H_
#define AOT_RUNTIME_LSTM_INT16_H_

#include <stdint.h>
#include <string.h>

#include "aot/runtime/clamp.h"
#include "aot/runtime/lstm.h"
#include "aot/runtime/lstm_scaling.h"
#include "aot/runtime/requantization.h"
#include "aot/runtime/requantize_wide.h"

// Sums of four gates, of inputs of 16 bits: as of 8 bits, but they have 64.
static inline void four_sums_int16(int32_t inputs, const int16_t* x, const int8_t* weights,
                                   const int64_t* bias, int64_t* sums) {
  for (int32_t g = 0; g < 4; ++g) {
    uint64_t sum = (uint64_t)bias[g];
    for (int32_t i = 0; i < inputs; ++i) sum += (uint64_t)(x[i] * weights[4 * i + g]);
    sums[g] = (int64_t)sum;
  }
}

// As with int8.
static inline void lstm_int16(const struct lstm* shape, const struct lstm_scaling* by,
                              const struct requantization* to, const uint16_t* table,
                              const int16_t* in, const int8_t* weights, const int64_t* bias,
                              int16_t* hidden, int16_t* cells, int16_t* out) {
  for (int32_t b = 0; b < shape->batches; ++b) {
    for (int32_t t = 0; t < shape->times; ++t) {
      const int16_t* x = in + b * shape->in_batch + t * shape->in_time;
      int16_t* y = out + b * shape->out_batch + t * shape->out_time;
      const int8_t* w = weights;
      for (int32_t c = 0; c < shape->cells; ++c) {
        int64_t sums[4];
        int64_t more[4];
        int32_t gates[4];
        int32_t output;
        four_sums_int16(shape->inputs, x, w, bias + 8 * c, sums);
        w += 4 * shape->inputs;
        four_sums_int16(shape->cells, hidden, w, bias + 8 * c + 4, more);
        w += 4 * shape->cells;
        for (int32_t g = 0; g < 4; ++g) {
          const int32_t first =
              requantize_wide(sums[g], by->input_multipliers[g], by->input_shifts[g]);
          const int32_t second =
              requantize_wide(more[g], by->hidden_multipliers[g], by->hidden_shifts[g]);
          gates[g] = saturate_int16(saturate_int16(first) + saturate_int16(second));
        }
        cells[c] = (int16_t)lstm_cell(by, table, gates, cells[c], &output);
        y[c] = (int16_t)clamp(output + to->zero_point, to->lowest, to->highest);
      }
      memcpy(hidden, y, (size_t)shape->cells * sizeof *y);
    }
    hidden += shape->cells;
    cells += shape->cells;
  }
}

#endif  // AOT_RUNTIME_LSTM_INT16_H_
