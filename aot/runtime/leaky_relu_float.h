// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_LEAKY_RELU_FLOAT_H_
#define AOT_RUNTIME_LEAKY_RELU_FLOAT_H_

#include <stdint.h>

static inline void leaky_relu_float(int32_t size, float alpha, const float* in, float* out) {
  for (int32_t i = 0; i < size; ++i) out[i] = in[i] > 0 ? in[i] : in[i] * alpha;
}

#endif  // AOT_RUNTIME_LEAKY_RELU_FLOAT_H_
