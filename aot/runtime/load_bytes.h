// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_LOAD_BYTES_H_
#define AOT_RUNTIME_LOAD_BYTES_H_

#include <stdint.h>
#include <string.h>

// A word of four bytes. If fewer are left, of these, with zeros after them.
static inline uint32_t load_bytes(const int8_t* from, int32_t count) {
  uint32_t word;
  if (count >= 4) {
    memcpy(&word, from, sizeof(word));
    return word;
  }
  word = (uint8_t)from[0];
  if (count > 1) word |= (uint32_t)(uint8_t)from[1] << 8;
  if (count > 2) word |= (uint32_t)(uint8_t)from[2] << 16;
  return word;
}

#endif  // AOT_RUNTIME_LOAD_BYTES_H_
