// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_INTERPOLATE_SIGMOID_H_
#define AOT_RUNTIME_INTERPOLATE_SIGMOID_H_

#include <stdint.h>

// Reads a table of 256 entries at x, of which so many bits are between entries. beyond: the result
// from the last entry on.
static inline int32_t interpolate_sigmoid(const uint16_t* table, uint32_t x, int32_t bits,
                                          int32_t beyond) {
  const uint32_t place = x >> bits;
  if (place >= 255) return beyond;
  const int32_t part = (int32_t)(x & ((1u << bits) - 1));
  return table[place] * (1 << bits) + part * (table[place + 1] - table[place]);
}

#endif  // AOT_RUNTIME_INTERPOLATE_SIGMOID_H_
