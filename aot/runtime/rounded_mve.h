// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_ROUNDED_MVE_H_
#define AOT_RUNTIME_ROUNDED_MVE_H_

#include <stdint.h>

#include "aot/runtime/mve.h"

#if !AOT_MVE
// A number within 30 bits and its sign, scaled as vectors scale it: the same as requantize for shifts below 0.
static inline int32_t rounded_mve(int32_t x, int32_t multiplier, int32_t shift) {
  const int32_t high = (int32_t)(((int64_t)x * multiplier + (1 << 30)) >> 31);
  // Halves are rounded up, but for one less of what is below zero: away from it.
  return (high + (high >> 31) + (1 << (-shift - 1))) >> -shift;
}
#endif

#endif  // AOT_RUNTIME_ROUNDED_MVE_H_
