// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_STORE_INTEGER_H_
#define AOT_RUNTIME_STORE_INTEGER_H_

#include <stdint.h>

// Writes element i of signed integers of 1, 2 or 4 bytes: the low bits of x.
static inline void store_integer(void* to, int32_t bytes, int32_t i, int32_t x) {
  if (bytes == 1) {
    ((int8_t*)to)[i] = (int8_t)x;
  } else if (bytes == 2) {
    ((int16_t*)to)[i] = (int16_t)x;
  } else {
    ((int32_t*)to)[i] = x;
  }
}

#endif  // AOT_RUNTIME_STORE_INTEGER_H_
