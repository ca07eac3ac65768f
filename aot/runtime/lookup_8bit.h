// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_LOOKUP_8BIT_H_
#define AOT_RUNTIME_LOOKUP_8BIT_H_

#include <stdint.h>

// Bytes of bytes, signed or not. table: 256 of them, by the input's bits.
static inline void lookup_8bit(int32_t size, const uint8_t* table, const void* in, void* out) {
  const uint8_t* const from = in;
  uint8_t* const to = out;
  for (int32_t i = 0; i < size; ++i) to[i] = table[from[i]];
}

#endif  // AOT_RUNTIME_LOOKUP_8BIT_H_
