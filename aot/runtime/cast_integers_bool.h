// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_CAST_INTEGERS_BOOL_H_
#define AOT_RUNTIME_CAST_INTEGERS_BOOL_H_

#include <stdbool.h>
#include <stdint.h>

#include "aot/runtime/load_integer.h"

static inline void cast_integers_bool(int32_t size, int32_t in_bytes, const void* in, bool* out) {
  for (int32_t i = 0; i < size; ++i) out[i] = load_integer(in, in_bytes, i) != 0;
}

#endif  // AOT_RUNTIME_CAST_INTEGERS_BOOL_H_
