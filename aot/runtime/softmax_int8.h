// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_SOFTMAX_INT8_H_
#define AOT_RUNTIME_SOFTMAX_INT8_H_

#include <stdint.h>

#include "aot/runtime/clamp.h"
#include "aot/runtime/exp_fixed.h"
#include "aot/runtime/multiply_high.h"
#include "aot/runtime/reciprocal_fixed.h"
#include "aot/runtime/requantize.h"
#include "aot/runtime/row_exponentials.h"
#include "aot/runtime/shift_right.h"
#include "aot/runtime/store_integer.h"

// multiplier, shift, lowest: see row_exponentials. out: integers of 1 or 2 bytes.
static inline void softmax_int8(int32_t rows, int32_t depth, int32_t multiplier, int32_t shift,
                                int32_t lowest, int32_t out_bytes, const int8_t* in, void* out) {
  const int32_t zero = -(1 << (8 * out_bytes - 1));
  for (int32_t row = 0; row < rows; ++row) {
    const int8_t* const from = in + row * depth;
    const struct row_exponentials found = row_exponentials(depth, multiplier, shift, lowest, from);
    uint32_t sum = found.sum;
    int32_t exponent = 12 + 31 - 8 * out_bytes;
    for (; sum < 0x80000000u; sum <<= 1) --exponent;
    const int32_t factor = reciprocal_fixed(sum);
    for (int32_t c = 0; c < depth; ++c) {
      const int32_t difference = from[c] - found.largest;
      int32_t result = 0;
      // So many large ones that nothing is left of each.
      if (difference >= lowest && exponent <= 31) {
        const int32_t exp = exp_fixed(requantize(difference, multiplier, shift));
        result = shift_right(multiply_high(exp, factor), exponent);
      }
      store_integer(out, out_bytes, row * depth + c, clamp(result + zero, zero, -1 - zero));
    }
  }
}

#endif  // AOT_RUNTIME_SOFTMAX_INT8_H_
