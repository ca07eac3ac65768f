// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_FULLY_CONNECTED_FLOAT_H_
#define AOT_RUNTIME_FULLY_CONNECTED_FLOAT_H_

#include <stddef.h>
#include <stdint.h>

#include "aot/runtime/clamp_float.h"

// bias: NULL without. Products are added in TFLM's order: the result is the same to the bit.
static inline void fully_connected_float(int32_t rows, int32_t inputs, int32_t outputs,
                                         float lowest, float highest, const float* in,
                                         const float* weights, const float* bias, float* out) {
  for (int32_t row = 0; row < rows; ++row) {
    const float* w = weights;
    for (int32_t o = 0; o < outputs; ++o) {
      float sum = 0;
      for (int32_t i = 0; i < inputs; ++i) sum += in[i] * *w++;
      sum += bias == NULL ? 0 : bias[o];
      *out++ = clamp_float(sum, lowest, highest);
    }
    in += inputs;
  }
}

#endif  // AOT_RUNTIME_FULLY_CONNECTED_FLOAT_H_
