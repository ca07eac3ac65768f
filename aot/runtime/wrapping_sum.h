// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_WRAPPING_SUM_H_
#define AOT_RUNTIME_WRAPPING_SUM_H_

#include <stdint.h>

// Keeps the low 32 bits, as machines do.
static inline int32_t wrapping_sum(int32_t a, int32_t b) {
  return (int32_t)((uint32_t)a + (uint32_t)b);
}

#endif  // AOT_RUNTIME_WRAPPING_SUM_H_
