// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_SOFTMAX_X86_H_
#define AOT_RUNTIME_SOFTMAX_X86_H_

#include <stdint.h>

#include "aot/runtime/clamp.h"
#include "aot/runtime/multiply_high.h"
#include "aot/runtime/not_inlined.h"
#include "aot/runtime/reciprocal_fixed.h"
#include "aot/runtime/shift_right.h"
#include "aot/runtime/store_integer.h"

// The same as softmax_int8. exponentials: of 0, -1, ... -255 times the scale; 0 for those that don't count.
AOT_NOT_INLINED static void softmax_x86(int32_t rows, int32_t depth, const int32_t* exponentials,
                                        int32_t out_bytes, const int8_t* in, void* out) {
  const int32_t zero = -(1 << (8 * out_bytes - 1));
  for (int32_t row = 0; row < rows; ++row) {
    const int8_t* const from = in + row * depth;
    int32_t largest = INT8_MIN;
    for (int32_t c = 0; c < depth; ++c) largest = from[c] > largest ? from[c] : largest;
    uint64_t total = 0;
    for (int32_t c = 0; c < depth; ++c) {
      total += (uint32_t)shift_right(exponentials[largest - from[c]], 12);
    }
    uint32_t sum = total > UINT32_MAX ? UINT32_MAX : (uint32_t)total;
    int32_t exponent = 12 + 31 - 8 * out_bytes;
    for (; sum < 0x80000000u; sum <<= 1) --exponent;
    const int32_t factor = reciprocal_fixed(sum);
    for (int32_t c = 0; c < depth; ++c) {
      // So many large ones that nothing is left of each.
      const int32_t exp = exponent <= 31 ? exponentials[largest - from[c]] : 0;
      const int32_t made = exp == 0 ? 0 : shift_right(multiply_high(exp, factor), exponent);
      store_integer(out, out_bytes, row * depth + c, clamp(made + zero, zero, -1 - zero));
    }
  }
}

#endif  // AOT_RUNTIME_SOFTMAX_X86_H_
