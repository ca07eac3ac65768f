// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_STORE_AVX2_H_
#define AOT_RUNTIME_STORE_AVX2_H_

#include <stdint.h>
#include <string.h>

#include "aot/runtime/x86.h"

#if AOT_X86 && AOT_X86_LEVEL >= 1
// Writes the first `count` bytes.
AOT_AVX2 static inline void store_avx2(int32_t count, __m128i bytes, int8_t* out) {
  if (count >= 16) {
    _mm_storeu_si128((void*)out, bytes);
    return;
  }
  if ((count & 8) != 0) {
    _mm_storel_epi64((void*)out, bytes);
    bytes = _mm_srli_si128(bytes, 8);
    out += 8;
  }
  if ((count & 4) != 0) {
    const int32_t four = _mm_cvtsi128_si32(bytes);
    memcpy(out, &four, 4);
    bytes = _mm_srli_si128(bytes, 4);
    out += 4;
  }
  int32_t rest = _mm_cvtsi128_si32(bytes);
  for (count &= 3; count > 0; --count) {
    *out++ = (int8_t)(rest & 0xFF);
    rest >>= 8;
  }
}
#endif

#endif  // AOT_RUNTIME_STORE_AVX2_H_
