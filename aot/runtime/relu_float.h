// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_RELU_FLOAT_H_
#define AOT_RUNTIME_RELU_FLOAT_H_

#include <stdint.h>

#include "aot/runtime/clamp_float.h"

static inline void relu_float(int32_t size, float lowest, float highest, const float* in,
                              float* out) {
  for (int32_t i = 0; i < size; ++i) out[i] = clamp_float(in[i], lowest, highest);
}

#endif  // AOT_RUNTIME_RELU_FLOAT_H_
