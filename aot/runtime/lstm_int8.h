// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_LSTM_INT8_H_
#define AOT_RUNTIME_LSTM_INT8_H_

#include <stdint.h>
#include <string.h>

#include "aot/runtime/clamp.h"
#include "aot/runtime/four_sums_int8.h"
#include "aot/runtime/lstm.h"
#include "aot/runtime/lstm_scaling.h"
#include "aot/runtime/requantization.h"
#include "aot/runtime/requantize.h"

// weights, bias: of one cell after the other, those of its four gates interleaved: of inputs, then
// of the hidden state, which is the last output. Zero points are in the bias.
static inline void lstm_int8(const struct lstm* shape, const struct lstm_scaling* by,
                             const struct requantization* to, const uint16_t* table,
                             const int8_t* in, const int8_t* weights, const int32_t* bias,
                             int8_t* hidden, int16_t* cells, int8_t* out) {
  for (int32_t b = 0; b < shape->batches; ++b) {
    for (int32_t t = 0; t < shape->times; ++t) {
      const int8_t* x = in + b * shape->in_batch + t * shape->in_time;
      int8_t* y = out + b * shape->out_batch + t * shape->out_time;
      const int8_t* w = weights;
      for (int32_t c = 0; c < shape->cells; ++c) {
        int32_t gates[4];
        int32_t more[4];
        int32_t output;
        four_sums_int8(shape->inputs, 4, x, w, bias + 8 * c, gates);
        w += 4 * shape->inputs;
        four_sums_int8(shape->cells, 4, hidden, w, bias + 8 * c + 4, more);
        w += 4 * shape->cells;
        for (int32_t g = 0; g < 4; ++g) {
          const int32_t first = requantize(gates[g], by->input_multipliers[g], by->input_shifts[g]);
          const int32_t second =
              requantize(more[g], by->hidden_multipliers[g], by->hidden_shifts[g]);
          gates[g] = saturate_int16(saturate_int16(first) + saturate_int16(second));
        }
        cells[c] = (int16_t)lstm_cell(by, table, gates, cells[c], &output);
        y[c] = (int8_t)clamp(output + to->zero_point, to->lowest, to->highest);
      }
      memcpy(hidden, y, (size_t)shape->cells * sizeof *y);
    }
    hidden += shape->cells;
    cells += shape->cells;
  }
}

#endif  // AOT_RUNTIME_LSTM_INT8_H_
