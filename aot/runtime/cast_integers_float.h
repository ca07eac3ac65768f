// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_CAST_INTEGERS_FLOAT_H_
#define AOT_RUNTIME_CAST_INTEGERS_FLOAT_H_

#include <stdint.h>

#include "aot/runtime/load_integer.h"

// Of signed integers of 1, 2 or 4 bytes.
static inline void cast_integers_float(int32_t size, int32_t in_bytes, const void* in, float* out) {
  for (int32_t i = 0; i < size; ++i) out[i] = (float)load_integer(in, in_bytes, i);
}

#endif  // AOT_RUNTIME_CAST_INTEGERS_FLOAT_H_
