// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_LOAD_HALVES_H_
#define AOT_RUNTIME_LOAD_HALVES_H_

#include <stdint.h>
#include <string.h>

#include "aot/runtime/dsp.h"

// Loads two pairs of halves; gives what comes after the first pair. from: at a word.
static inline const int16_t* load_halves(const int16_t* from, uint32_t* first, uint32_t* second) {
#if AOT_DSP
  __asm__("ldrd %0, %1, [%2], #4"
          : "=&r"(*first), "=&r"(*second), "+&r"(from)
          : "m"(*(const int16_t (*)[4])from));
  return from;
#else
  memcpy(first, from, sizeof(*first));
  memcpy(second, from + 2, sizeof(*second));
  return from + 2;
#endif
}

#endif  // AOT_RUNTIME_LOAD_HALVES_H_
