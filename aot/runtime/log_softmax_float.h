// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_LOG_SOFTMAX_FLOAT_H_
#define AOT_RUNTIME_LOG_SOFTMAX_FLOAT_H_

#include <math.h>
#include <stdint.h>

static inline void log_softmax_float(int32_t rows, int32_t depth, const float* in, float* out) {
  for (int32_t row = 0; row < rows; ++row) {
    float largest = in[0];
    for (int32_t c = 1; c < depth; ++c) largest = largest < in[c] ? in[c] : largest;
    float sum = 0;
    for (int32_t c = 0; c < depth; ++c) sum += expf(in[c] - largest);
    const float log_sum = logf(sum);
    for (int32_t c = 0; c < depth; ++c) out[c] = in[c] - largest - log_sum;
    in += depth;
    out += depth;
  }
}

#endif  // AOT_RUNTIME_LOG_SOFTMAX_FLOAT_H_
