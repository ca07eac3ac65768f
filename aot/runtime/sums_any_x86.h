// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_SUMS_ANY_X86_H_
#define AOT_RUNTIME_SUMS_ANY_X86_H_

#include <stdint.h>

#include "aot/runtime/dense_x86.h"

// Sums of 16 outputs for one window, in C.
static inline void sums_any_x86(const struct dense_x86* layer, const int8_t* x,
                                const int8_t* weights, const int32_t* numbers, int32_t* sums) {
  for (int32_t o = 0; o < 16; ++o) sums[o] = numbers[kBiasX86 + o];
  for (int32_t r = 0; r < layer->rows; ++r) {
    for (int32_t s = 0; s < layer->segments; ++s) {
      const int8_t* from = x + r * layer->next_row + s * layer->next_segment;
      for (int32_t k = 0; k < layer->fours; ++k) {
        for (int32_t o = 0; o < 16; ++o) {
          const int8_t* const w = weights + 4 * o;
          sums[o] += from[0] * w[0] + from[1] * w[1] + from[2] * w[2] + from[3] * w[3];
        }
        weights += 64;
        from += 4;
      }
    }
  }
}

#endif  // AOT_RUNTIME_SUMS_ANY_X86_H_
