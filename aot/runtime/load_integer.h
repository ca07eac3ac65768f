// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_LOAD_INTEGER_H_
#define AOT_RUNTIME_LOAD_INTEGER_H_

#include <stdint.h>

// Element i of signed integers of 1, 2 or 4 bytes.
static inline int32_t load_integer(const void* from, int32_t bytes, int32_t i) {
  if (bytes == 1) return ((const int8_t*)from)[i];
  if (bytes == 2) return ((const int16_t*)from)[i];
  return ((const int32_t*)from)[i];
}

#endif  // AOT_RUNTIME_LOAD_INTEGER_H_
