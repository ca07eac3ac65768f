// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_L2_NORMALIZATION_FLOAT_H_
#define AOT_RUNTIME_L2_NORMALIZATION_FLOAT_H_

#include <math.h>
#include <stdint.h>

// The output may lie on the input.
static inline void l2_normalization_float(int32_t rows, int32_t depth, const float* in,
                                          float* out) {
  for (int32_t row = 0; row < rows; ++row) {
    float sum = 0;
    for (int32_t c = 0; c < depth; ++c) sum += in[c] * in[c];
    float norm = sqrtf(sum);
    norm = norm < 1e-6f ? 1e-6f : norm;
    for (int32_t c = 0; c < depth; ++c) out[c] = in[c] / norm;
    in += depth;
    out += depth;
  }
}

#endif  // AOT_RUNTIME_L2_NORMALIZATION_FLOAT_H_
