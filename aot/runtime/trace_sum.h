// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_TRACE_SUM_H_
#define AOT_RUNTIME_TRACE_SUM_H_

#include <stdint.h>
#include <string.h>

#include "aot/runtime/trace_word.h"

// An element as a float. type: 'f' for float32, 'b' for int8, 'B' for uint8, 'h' for int16.
static inline float trace_element(char type, const unsigned char* at) {
  if (type == 'b') return (float)(*at < 128 ? *at : *at - 256);
  if (type == 'B') return (float)*at;
  if (type == 'h') {
    int16_t integer;
    memcpy(&integer, at, sizeof(integer));
    return (float)integer;
  }
  float number;
  memcpy(&number, at, sizeof(number));
  return number;
}

// The bits of the sum of all elements, each with a sign that looks random, as a float. exp and similar functions come
// from the C library, which may round in its own way: then checksums differ, and such sums are near each other.
static inline uint32_t trace_sum(char type, const void* data, uint32_t size) {
  const unsigned char* bytes = (const unsigned char*)data;
  const uint32_t width = type == 'f' ? 4 : type == 'h' ? 2 : 1;
  float sum = 0;
  for (uint32_t i = 0; i < size / width; ++i) {
    const float value = trace_element(type, bytes + i * width);
    sum = (trace_word(0, 0, i) & 1u) != 0 ? sum - value : sum + value;
  }
  uint32_t bits;
  memcpy(&bits, &sum, sizeof(bits));
  return bits;
}

#endif  // AOT_RUNTIME_TRACE_SUM_H_
