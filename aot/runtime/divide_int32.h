// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_DIVIDE_INT32_H_
#define AOT_RUNTIME_DIVIDE_INT32_H_

#include <stdint.h>

// Wraps, and is 0 for b = 0: TFLM is not defined there.
static inline int32_t divide_int32(int32_t a, int32_t b) {
  if (b == 0) return 0;
  return b == -1 ? (int32_t)(0 - (uint32_t)a) : a / b;
}

#endif  // AOT_RUNTIME_DIVIDE_INT32_H_
