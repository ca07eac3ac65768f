// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_MULTIPLY_HIGH_H_
#define AOT_RUNTIME_MULTIPLY_HIGH_H_

#include <stdint.h>

// a * b / 2^31, rounded to nearest, halves up. The product must not be 2^62.
static inline int32_t multiply_high(int32_t a, int32_t b) {
  return (int32_t)(((int64_t)a * b + (1 << 30)) >> 31);
}

#endif  // AOT_RUNTIME_MULTIPLY_HIGH_H_
