// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_INTERPOLATE_INT16_H_
#define AOT_RUNTIME_INTERPOLATE_INT16_H_

#include <stdint.h>

#include "aot/runtime/clamp.h"

// Reads a table of 513 numbers at x, a number of int16 or beyond: 7 of its bits are between entries.
static inline int32_t interpolate_int16(const int16_t* table, int32_t x) {
  x = clamp(x, INT16_MIN, INT16_MAX);
  const int16_t* const at = table + 256 + (x >> 7);
  return at[0] + (((at[1] - at[0]) * (x & 127) + 64) >> 7);
}

#endif  // AOT_RUNTIME_INTERPOLATE_INT16_H_
