// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_COPY_X86_H_
#define AOT_RUNTIME_COPY_X86_H_

#include <stdint.h>
#include <string.h>

#include "aot/runtime/x86.h"

#if AOT_X86 && AOT_X86_LEVEL >= 2
AOT_VNNI static inline void copy_vnni(int32_t size, const int8_t* from, int8_t* to) {
  const __m512i sign = _mm512_set1_epi8(INT8_MIN);
  for (; size >= 64; size -= 64) {
    const __m512i bytes = _mm512_loadu_si512(from);
    _mm512_storeu_si512(to, _mm512_xor_si512(bytes, sign));
    from += 64;
    to += 64;
  }
  if (size > 0) {
    const __mmask64 mask = _cvtu64_mask64(UINT64_MAX >> (64 - size));
    const __m512i bytes = _mm512_maskz_loadu_epi8(mask, from);
    _mm512_mask_storeu_epi8(to, mask, _mm512_xor_si512(bytes, sign));
  }
}
#endif

// Copies inputs as dot products of this level take them: VNNI has no product of two numbers with a sign, so 128 is added.
static inline void copy_x86(int32_t level, int32_t size, const int8_t* from, int8_t* to) {
#if AOT_X86 && AOT_X86_LEVEL >= 2
  if (level == 2) {
    copy_vnni(size, from, to);
    return;
  }
#endif
  (void)level;
  memcpy(to, from, (uint32_t)size);
}

#endif  // AOT_RUNTIME_COPY_X86_H_
