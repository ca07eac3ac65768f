// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_CLAMP_H_
#define AOT_RUNTIME_CLAMP_H_

#include <stdint.h>

static inline int32_t clamp(int32_t x, int32_t lowest, int32_t highest) {
  x = x < lowest ? lowest : x;
  return x > highest ? highest : x;
}

#endif  // AOT_RUNTIME_CLAMP_H_
