// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_REQUANTIZE_INTEGERS_H_
#define AOT_RUNTIME_REQUANTIZE_INTEGERS_H_

#include <stdint.h>

#include "aot/runtime/load_integer.h"
#include "aot/runtime/requantization.h"
#include "aot/runtime/requantize.h"
#include "aot/runtime/store_integer.h"
#include "aot/runtime/to_output.h"

// Signed integers of 1, 2 or 4 bytes to others.
static inline void requantize_integers(int32_t size, int32_t in_bytes, int32_t out_bytes,
                                       int32_t in_zero_point, int32_t multiplier, int32_t shift,
                                       const struct requantization* to, const void* in, void* out) {
  for (int32_t i = 0; i < size; ++i) {
    const uint32_t x = (uint32_t)load_integer(in, in_bytes, i) - (uint32_t)in_zero_point;
    const int32_t y = requantize((int32_t)x, multiplier, shift);
    store_integer(out, out_bytes, i, to_output(y, to));
  }
}

#endif  // AOT_RUNTIME_REQUANTIZE_INTEGERS_H_
