// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_REQUANTIZE_H_
#define AOT_RUNTIME_REQUANTIZE_H_

#include <stdint.h>

#include "aot/runtime/multiply_high.h"
#include "aot/runtime/shift_right.h"

// x * multiplier * 2^(shift - 31), rounded twice.
static inline int32_t requantize(int32_t x, int32_t multiplier, int32_t shift) {
  const int32_t left = shift > 0 ? shift : 0;
  const int32_t right = shift > 0 ? 0 : -shift;
  return shift_right(multiply_high((int32_t)((uint32_t)x << left), multiplier), right);
}

#endif  // AOT_RUNTIME_REQUANTIZE_H_
