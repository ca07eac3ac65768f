// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_CAST_UINT32_FLOAT_H_
#define AOT_RUNTIME_CAST_UINT32_FLOAT_H_

#include <stdint.h>

static inline void cast_uint32_float(int32_t size, const uint32_t* in, float* out) {
  for (int32_t i = 0; i < size; ++i) out[i] = (float)in[i];
}

#endif  // AOT_RUNTIME_CAST_UINT32_FLOAT_H_
