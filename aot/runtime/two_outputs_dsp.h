// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_TWO_OUTPUTS_DSP_H_
#define AOT_RUNTIME_TWO_OUTPUTS_DSP_H_

#include <stdint.h>

#include "aot/runtime/even_bytes.h"
#include "aot/runtime/multiply_add_pairs.h"

// The last two outputs of one window, or the last one: twice the sums. in: the window's words, each `step` after the
// last one. Gives what comes after the weights.
static inline const uint32_t* two_outputs_dsp(int32_t fours, const uint32_t* in, int32_t step,
                                              const uint32_t* weights, uint32_t first,
                                              uint32_t second, int32_t* sums) {
  second = first + (second << 8);
  int32_t i = 2 * fours;
  do {
    const uint32_t word = *weights++;
    const uint32_t x = *in;
    in += step;
    second = multiply_add_pairs(x, word, second);
    first = multiply_add_pairs(x, even_bytes(word), first);
  } while (--i != 0);
  sums[0] = (int32_t)(first * 2);
  sums[1] = (int32_t)(second - first) >> 7;
  return weights;
}

#endif  // AOT_RUNTIME_TWO_OUTPUTS_DSP_H_
