// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_CAST_INTEGERS_H_
#define AOT_RUNTIME_CAST_INTEGERS_H_

#include <stdint.h>

#include "aot/runtime/load_integer.h"
#include "aot/runtime/store_integer.h"

// Integers of 1, 2 or 4 bytes to others: the low bits. Those that become wider are signed.
static inline void cast_integers(int32_t size, int32_t in_bytes, int32_t out_bytes, const void* in,
                                 void* out) {
  for (int32_t i = 0; i < size; ++i) {
    store_integer(out, out_bytes, i, load_integer(in, in_bytes, i));
  }
}

#endif  // AOT_RUNTIME_CAST_INTEGERS_H_
