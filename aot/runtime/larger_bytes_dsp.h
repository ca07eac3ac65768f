// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_LARGER_BYTES_DSP_H_
#define AOT_RUNTIME_LARGER_BYTES_DSP_H_

#include <stdint.h>
#include <string.h>

#include "aot/runtime/dense_int8.h"
#include "aot/runtime/load_bytes.h"
#include "aot/runtime/max_of_bytes.h"

// Each byte becomes the larger one of itself and another one.
AOT_NOT_INLINED static void larger_bytes_dsp(int32_t count, const int8_t* others, int8_t* bytes) {
  for (; count >= 4; count -= 4) {
    const uint32_t best = max_of_bytes(load_bytes(others, 4), load_bytes(bytes, 4));
    memcpy(bytes, &best, sizeof(best));
    others += 4;
    bytes += 4;
  }
  for (; count > 0; --count) {
    if (*others > *bytes) *bytes = *others;
    ++others;
    ++bytes;
  }
}

#endif  // AOT_RUNTIME_LARGER_BYTES_DSP_H_
