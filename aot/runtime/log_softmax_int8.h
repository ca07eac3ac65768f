// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_LOG_SOFTMAX_INT8_H_
#define AOT_RUNTIME_LOG_SOFTMAX_INT8_H_

#include <stdint.h>

#include "aot/runtime/clamp.h"
#include "aot/runtime/log_fixed.h"
#include "aot/runtime/requantize.h"
#include "aot/runtime/row_exponentials.h"
#include "aot/runtime/shift_right.h"

// multiplier, shift, lowest: see row_exponentials. back_multiplier, back_shift: undo them.
static inline void log_softmax_int8(int32_t rows, int32_t depth, int32_t multiplier, int32_t shift,
                                    int32_t lowest, int32_t back_multiplier, int32_t back_shift,
                                    const int8_t* in, int8_t* out) {
  for (int32_t row = 0; row < rows; ++row) {
    const struct row_exponentials found = row_exponentials(depth, multiplier, shift, lowest, in);
    const int32_t log = log_fixed(found.sum > INT32_MAX ? INT32_MAX : (int32_t)found.sum);
    // What would be below the lowest number of 32 bits, or does not count.
    const int32_t least = requantize(log + INT32_MIN, back_multiplier, back_shift);
    const int32_t below = least > lowest - 1 ? least : lowest - 1;
    for (int32_t c = 0; c < depth; ++c) {
      const int32_t difference = in[c] - found.largest;
      int32_t result = INT8_MIN;
      if (difference > below) {
        const uint32_t scaled = (uint32_t)requantize(difference, multiplier, shift);
        result = shift_right((int32_t)(scaled - (uint32_t)log), 22) + INT8_MAX;
      }
      out[c] = (int8_t)clamp(result, INT8_MIN, INT8_MAX);
    }
    in += depth;
    out += depth;
  }
}

#endif  // AOT_RUNTIME_LOG_SOFTMAX_INT8_H_
