// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_TRACE_FILL_FLOAT_H_
#define AOT_RUNTIME_TRACE_FILL_FLOAT_H_

#include <stdint.h>

#include "aot/runtime/trace_word.h"

// Writes an input: multiples of 2^-23, from -1 to just below 1.
static inline void trace_fill_float(uint32_t seed, uint32_t input, uint32_t size, float* to) {
  for (uint32_t i = 0; i < size; ++i) {
    to[i] = (float)((int32_t)(trace_word(seed, input, i) >> 8) - 8388608) / 8388608.0f;
  }
}

#endif  // AOT_RUNTIME_TRACE_FILL_FLOAT_H_
