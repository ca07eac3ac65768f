// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_SVDF_FLOAT_H_
#define AOT_RUNTIME_SVDF_FLOAT_H_

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "aot/runtime/svdf.h"

// The activation: clamps, and has a result of its own for what is not a number.
struct svdf_activation {
  float lowest;
  float highest;
  float otherwise;
};

// state: results of each filter, the oldest one first.
static inline void svdf_float(const struct svdf* shape, const struct svdf_activation* activation,
                              const float* in, const float* weights, const float* time_weights,
                              const float* bias, float* state, float* out) {
  for (int32_t b = 0; b < shape->batches; ++b) {
    const float* w = weights;
    const float* time = time_weights;
    memmove(state, state + 1,
            (size_t)(shape->units * shape->rank * shape->memory - 1) * sizeof *state);
    for (int32_t u = 0; u < shape->units; ++u) {
      float total = bias[u];
      for (int32_t r = 0; r < shape->rank; ++r) {
        float sum = 0;
        for (int32_t i = 0; i < shape->inputs; ++i) sum += *w++ * in[i];
        state[shape->memory - 1] = sum;
        sum = 0;
        for (int32_t t = 0; t < shape->memory; ++t) sum += *time++ * *state++;
        total += sum;
      }
      if (total < activation->lowest) total = activation->lowest;
      if (total > activation->highest) total = activation->highest;
      *out++ = isnan(total) ? activation->otherwise : total;
    }
    in += shape->inputs;
  }
}

#endif  // AOT_RUNTIME_SVDF_FLOAT_H_
