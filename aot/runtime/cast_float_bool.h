// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_CAST_FLOAT_BOOL_H_
#define AOT_RUNTIME_CAST_FLOAT_BOOL_H_

#include <stdbool.h>
#include <stdint.h>

static inline void cast_float_bool(int32_t size, const float* in, bool* out) {
  for (int32_t i = 0; i < size; ++i) out[i] = in[i] != 0;
}

#endif  // AOT_RUNTIME_CAST_FLOAT_BOOL_H_
