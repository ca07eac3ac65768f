// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_DEQUANTIZE_INTEGERS_H_
#define AOT_RUNTIME_DEQUANTIZE_INTEGERS_H_

#include <stdint.h>

#include "aot/runtime/load_integer.h"

// Of signed integers of 1 or 2 bytes.
static inline void dequantize_integers(int32_t size, float scale, int32_t zero_point,
                                       int32_t in_bytes, const void* in, float* out) {
  for (int32_t i = 0; i < size; ++i) {
    out[i] = scale * (float)(load_integer(in, in_bytes, i) - zero_point);
  }
}

#endif  // AOT_RUNTIME_DEQUANTIZE_INTEGERS_H_
