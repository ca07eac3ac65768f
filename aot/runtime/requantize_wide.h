// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_REQUANTIZE_WIDE_H_
#define AOT_RUNTIME_REQUANTIZE_WIDE_H_

#include <stdint.h>

// x * multiplier * 2^(shift - 31) with a multiplier of 15 bits, as TFLM has it for sums of 64 bits. shift: up to 14.
static inline int32_t requantize_wide(int64_t x, int32_t multiplier, int32_t shift) {
  const int32_t reduced = multiplier < 0x7FFF0000 ? (multiplier + (1 << 15)) >> 16 : 0x7FFF;
  const int32_t right = 15 - shift;
  const uint64_t product = (uint64_t)x * (uint64_t)reduced + (UINT64_C(1) << (right - 1));
  return (int32_t)((int64_t)product >> right);
}

#endif  // AOT_RUNTIME_REQUANTIZE_WIDE_H_
