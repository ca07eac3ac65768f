// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_EXPAND_DSP_H_
#define AOT_RUNTIME_EXPAND_DSP_H_

#include <stdint.h>

#include "aot/runtime/even_bytes.h"
#include "aot/runtime/load_bytes.h"
#include "aot/runtime/odd_bytes.h"

// Inputs to words as dense_pair_dsp reads them: every second word is another window's. After the last ones come
// zeros.
static inline void expand_dsp(int32_t count, const int8_t* from, uint32_t* to) {
  const int8_t* const end = from + count / 4 * 4;
  while (from != end) {
    const uint32_t word = load_bytes(from, 4);
    to[0] = even_bytes(word);
    to[2] = odd_bytes(word);
    from += 4;
    to += 4;
  }
  if (count % 4 != 0) {
    const uint32_t word = load_bytes(from, count % 4);
    to[0] = even_bytes(word);
    to[2] = odd_bytes(word);
  }
}

#endif  // AOT_RUNTIME_EXPAND_DSP_H_
