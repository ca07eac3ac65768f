// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_ROW_EXPONENTIALS_H_
#define AOT_RUNTIME_ROW_EXPONENTIALS_H_

#include <stdint.h>

#include "aot/runtime/exp_fixed.h"
#include "aot/runtime/requantize.h"
#include "aot/runtime/shift_right.h"

// Of a row of int8: its largest element, and the sum of exp of the differences from that with 19
// fractional bits, which saturates.
struct row_exponentials {
  int32_t largest;
  uint32_t sum;
};

// multiplier, shift: scale differences to 26 fractional bits. lowest: the lowest one that counts.
static inline struct row_exponentials row_exponentials(int32_t depth, int32_t multiplier,
                                                       int32_t shift, int32_t lowest,
                                                       const int8_t* in) {
  struct row_exponentials found = {INT8_MIN, 0};
  for (int32_t c = 0; c < depth; ++c) found.largest = in[c] > found.largest ? in[c] : found.largest;
  for (int32_t c = 0; c < depth; ++c) {
    const int32_t difference = in[c] - found.largest;
    if (difference < lowest) continue;
    const int32_t exp = exp_fixed(requantize(difference, multiplier, shift));
    const uint32_t sum = found.sum + (uint32_t)shift_right(exp, 12);
    found.sum = sum < found.sum ? UINT32_MAX : sum;
  }
  return found;
}

#endif  // AOT_RUNTIME_ROW_EXPONENTIALS_H_
