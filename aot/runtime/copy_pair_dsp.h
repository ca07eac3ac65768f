// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_COPY_PAIR_DSP_H_
#define AOT_RUNTIME_COPY_PAIR_DSP_H_

#include <stdint.h>
#include <string.h>

#include "aot/runtime/dense_int8.h"

// Copies rows of as many bytes from two places: those of each one after the other. line: from a row to the next one.
AOT_NOT_INLINED static void copy_pair_dsp(int32_t rows, int32_t count, int32_t line,
                                          const int8_t* a, const int8_t* b, int8_t* to_a,
                                          int8_t* to_b) {
  for (; rows > 0; --rows) {
    int32_t left = count;
    for (; left >= 4; left -= 4) {
      memcpy(to_a, a, 4);
      memcpy(to_b, b, 4);
      a += 4;
      b += 4;
      to_a += 4;
      to_b += 4;
    }
    for (; left > 0; --left) {
      *to_a++ = *a++;
      *to_b++ = *b++;
    }
    a += line - count;
    b += line - count;
  }
}

#endif  // AOT_RUNTIME_COPY_PAIR_DSP_H_
