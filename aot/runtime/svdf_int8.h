// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_SVDF_INT8_H_
#define AOT_RUNTIME_SVDF_INT8_H_

#include <stdint.h>
#include <string.h>

#include "aot/runtime/clamp.h"
#include "aot/runtime/four_sums_int8.h"
#include "aot/runtime/output_int8.h"
#include "aot/runtime/requantization.h"
#include "aot/runtime/requantize.h"
#include "aot/runtime/svdf.h"

// state: results of each filter, the oldest one first. What is new is clamped before its zero point
// is added, and may wrap then, as it does in TFLM. The zero points of inputs and state are in the
// biases.
static inline void svdf_int8(const struct svdf* shape, const struct svdf_scaling* by,
                             const struct requantization* to, const int8_t* in,
                             const int8_t* weights, const int32_t* filter_bias,
                             const int8_t* time_weights, const int32_t* bias, int8_t* state,
                             int8_t* out) {
  const int32_t filters = shape->units * shape->rank;
  for (int32_t b = 0; b < shape->batches; ++b) {
    const int8_t* w = weights;
    const int8_t* time = time_weights;
    const int32_t* unit_bias = bias;
    uint32_t total = 0;
    int32_t left = 0;
    memmove(state, state + 1, (size_t)(filters * shape->memory - 1) * sizeof *state);
    for (int32_t f = 0; f < filters; f += 4) {
      int32_t sums[4];
      const int32_t count = filters - f < 4 ? filters - f : 4;
      four_sums_int8(shape->inputs, count, in, w, filter_bias + f, sums);
      w += count * shape->inputs;
      for (int32_t i = 0; i < count; ++i) {
        const int32_t scaled = requantize(sums[i], by->filter_multiplier, by->filter_shift);
        state[shape->memory - 1] =
            (int8_t)(clamp(scaled, INT8_MIN, INT8_MAX) + by->filter_zero_point);
        if (left == 0) {
          left = shape->rank;
          total = (uint32_t)*unit_bias++;
        }
        for (int32_t t = 0; t < shape->memory; ++t) total += (uint32_t)(*time++ * *state++);
        if (--left == 0) *out++ = output_int8((int32_t)total, by->multiplier, by->shift, to);
      }
    }
    in += shape->inputs;
  }
}

#endif  // AOT_RUNTIME_SVDF_INT8_H_
