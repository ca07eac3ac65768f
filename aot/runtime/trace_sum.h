// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_TRACE_SUM_H_
#define AOT_RUNTIME_TRACE_SUM_H_

#include <stdint.h>
#include <string.h>

#include "aot/runtime/trace_word.h"

// The bits of the sum of floats, each with a sign that looks random. exp and its kin come from the C library, which
// may round in its own way: then checksums differ, and such sums are near each other.
static inline uint32_t trace_sum(const void* data, uint32_t size) {
  const float* values = (const float*)data;
  float sum = 0;
  for (uint32_t i = 0; i < size / 4; ++i) {
    sum = (trace_word(0, 0, i) & 1u) != 0 ? sum - values[i] : sum + values[i];
  }
  uint32_t bits;
  memcpy(&bits, &sum, sizeof(bits));
  return bits;
}

#endif  // AOT_RUNTIME_TRACE_SUM_H_
