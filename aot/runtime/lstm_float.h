// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_LSTM_FLOAT_H_
#define AOT_RUNTIME_LSTM_FLOAT_H_

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "aot/runtime/clamp_float.h"
#include "aot/runtime/logistic_float.h"
#include "aot/runtime/lstm.h"

// TFLM does not let sums and products become infinite.
static inline float finite_float(float x) { return clamp_float(x, -FLT_MAX, FLT_MAX); }

// clip: of cells; 0 for none. weights, bias: of one cell after the other, those of its four gates
// (forget, input, cell, output) interleaved: of inputs, then of the hidden state, which is the last
// output and has no bias. Products are added in TFLM's order: only expf and tanhf may make a
// difference.
static inline void lstm_float(const struct lstm* shape, float clip, const float* in,
                              const float* weights, const float* bias, float* hidden, float* cells,
                              float* out) {
  for (int32_t b = 0; b < shape->batches; ++b) {
    for (int32_t t = 0; t < shape->times; ++t) {
      const float* x = in + b * shape->in_batch + t * shape->in_time;
      float* y = out + b * shape->out_batch + t * shape->out_time;
      const float* w = weights;
      for (int32_t c = 0; c < shape->cells; ++c) {
        float gates[4] = {0, 0, 0, 0};
        float more[4] = {0, 0, 0, 0};
        for (int32_t i = 0; i < shape->inputs; ++i) {
          for (int32_t g = 0; g < 4; ++g) gates[g] += x[i] * *w++;
        }
        for (int32_t i = 0; i < shape->cells; ++i) {
          for (int32_t g = 0; g < 4; ++g) more[g] += hidden[i] * *w++;
        }
        for (int32_t g = 0; g < 4; ++g) {
          gates[g] = finite_float(gates[g] + bias[4 * c + g]) + finite_float(more[g] + 0.0f);
        }
        const float kept = finite_float(logistic_float(gates[0]) * cells[c]);
        const float added = finite_float(logistic_float(gates[1]) * tanhf(gates[2]));
        float cell = kept + added;
        if (clip > 0) {
          // What is not a number becomes the highest.
          cell = cell < clip ? cell : clip;
          cell = cell < -clip ? -clip : cell;
        }
        cells[c] = cell;
        y[c] = finite_float(tanhf(cell) * logistic_float(gates[3]));
      }
      memcpy(hidden, y, (size_t)shape->cells * sizeof *y);
    }
    hidden += shape->cells;
    cells += shape->cells;
  }
}

#endif  // AOT_RUNTIME_LSTM_FLOAT_H_
