// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_LOAD_AVX2_H_
#define AOT_RUNTIME_LOAD_AVX2_H_

#include <stdint.h>
#include <string.h>

#include "aot/runtime/x86.h"

#if AOT_X86 && AOT_X86_LEVEL >= 1
// Reads the first `count` bytes, of which 16 count, and zeros where there are less.
AOT_AVX2 static inline __m128i load_avx2(int32_t count, const int8_t* from) {
  if (count >= 16) return _mm_loadu_si128((const void*)from);
  int8_t copy[16] = {0};
  memcpy(copy, from, (uint32_t)count);
  return _mm_loadu_si128((const void*)copy);
}
#endif

#endif  // AOT_RUNTIME_LOAD_AVX2_H_
