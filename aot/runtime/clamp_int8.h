// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_CLAMP_INT8_H_
#define AOT_RUNTIME_CLAMP_INT8_H_

#include <stdint.h>

static inline void clamp_int8(int32_t size, int8_t lowest, int8_t highest, int8_t* data) {
  for (int32_t i = 0; i < size; ++i) {
    if (data[i] < lowest) data[i] = lowest;
    if (data[i] > highest) data[i] = highest;
  }
}

#endif  // AOT_RUNTIME_CLAMP_INT8_H_
