// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_DEQUANTIZE_UINT8_H_
#define AOT_RUNTIME_DEQUANTIZE_UINT8_H_

#include <stdint.h>

static inline void dequantize_uint8(int32_t size, float scale, int32_t zero_point,
                                    const uint8_t* in, float* out) {
  for (int32_t i = 0; i < size; ++i) out[i] = scale * (float)(in[i] - zero_point);
}

#endif  // AOT_RUNTIME_DEQUANTIZE_UINT8_H_
