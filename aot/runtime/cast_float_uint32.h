// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_CAST_FLOAT_UINT32_H_
#define AOT_RUNTIME_CAST_FLOAT_UINT32_H_

#include <stdint.h>

// What is not a number becomes 0.
static inline void cast_float_uint32(int32_t size, const float* in, uint32_t* out) {
  for (int32_t i = 0; i < size; ++i) {
    const uint32_t large = in[i] > 0 ? UINT32_MAX : 0;
    out[i] = in[i] > 0 && in[i] < 4294967296.0f ? (uint32_t)in[i] : large;
  }
}

#endif  // AOT_RUNTIME_CAST_FLOAT_UINT32_H_
