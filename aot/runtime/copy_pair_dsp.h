// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_COPY_PAIR_DSP_H_
#define AOT_RUNTIME_COPY_PAIR_DSP_H_

#include <stdint.h>
#include <string.h>

// Copies as many bytes from two places.
static inline void copy_pair_dsp(int32_t count, const int8_t* a, const int8_t* b, int8_t* to_a,
                                 int8_t* to_b) {
  const int8_t* const end = a + count;
  for (; end - a >= 4; a += 4, b += 4, to_a += 4, to_b += 4) {
    memcpy(to_a, a, 4);
    memcpy(to_b, b, 4);
  }
  while (a != end) {
    *to_a++ = *a++;
    *to_b++ = *b++;
  }
}

#endif  // AOT_RUNTIME_COPY_PAIR_DSP_H_
