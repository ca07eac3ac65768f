// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_INTERLEAVE_X86_H_
#define AOT_RUNTIME_INTERLEAVE_X86_H_

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "aot/runtime/x86.h"

#if AOT_X86 && AOT_X86_LEVEL >= 2
AOT_VNNI static inline __m512i row_vnni(const int8_t* row, int32_t at, __mmask64 mask,
                                        __m512i zero_point) {
  if (row == NULL) return zero_point;
  // So that what is put together by fours in each quarter comes out in order.
  const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  const __m512i bytes = _mm512_maskz_loadu_epi8(mask, row + at);
  return _mm512_permutexvar_epi32(order, _mm512_xor_si512(bytes, _mm512_set1_epi8(INT8_MIN)));
}

AOT_VNNI static inline void interleave_vnni(int32_t size, int32_t zero_point,
                                            const int8_t* const* rows, int8_t* to) {
  const __m512i zero = _mm512_set1_epi32((zero_point ^ 0x80) & 0xFF);
  const __m512i outside = _mm512_mullo_epi32(zero, _mm512_set1_epi32(0x01010101));
  for (int32_t i = 0; i < size; i += 64) {
    const int32_t left = size - i;
    const __mmask64 mask = _cvtu64_mask64(left < 64 ? UINT64_MAX >> (64 - left) : UINT64_MAX);
    const __m512i a = row_vnni(rows[0], i, mask, outside);
    const __m512i b = row_vnni(rows[1], i, mask, outside);
    const __m512i c = row_vnni(rows[2], i, mask, outside);
    const __m512i d = row_vnni(rows[3], i, mask, outside);
    const __m512i low_ab = _mm512_unpacklo_epi8(a, b);
    const __m512i low_cd = _mm512_unpacklo_epi8(c, d);
    const __m512i high_ab = _mm512_unpackhi_epi8(a, b);
    const __m512i high_cd = _mm512_unpackhi_epi8(c, d);
    int8_t* const four = to + 4 * i;
    _mm512_storeu_si512(four, _mm512_unpacklo_epi16(low_ab, low_cd));
    _mm512_storeu_si512(four + 64, _mm512_unpackhi_epi16(low_ab, low_cd));
    _mm512_storeu_si512(four + 128, _mm512_unpacklo_epi16(high_ab, high_cd));
    _mm512_storeu_si512(four + 192, _mm512_unpackhi_epi16(high_ab, high_cd));
  }
}
#endif

#if AOT_X86 && AOT_X86_LEVEL >= 1
AOT_AVX2 static inline __m256i row_avx2(const int8_t* row, int32_t at, int32_t left,
                                        __m256i zero_point) {
  if (row == NULL) return zero_point;
  __m256i bytes;
  if (left >= 32) {
    bytes = _mm256_loadu_si256((const void*)(row + at));
  } else {
    int8_t copy[32] = {0};
    memcpy(copy, row + at, (uint32_t)left);
    bytes = _mm256_loadu_si256((const void*)copy);
  }
  // So that what is put together by fours in each half comes out in order.
  return _mm256_permutevar8x32_epi32(bytes, _mm256_setr_epi32(0, 2, 4, 6, 1, 3, 5, 7));
}

AOT_AVX2 static inline void interleave_avx2(int32_t size, int32_t zero_point,
                                            const int8_t* const* rows, int8_t* to) {
  const __m256i outside = _mm256_set1_epi8((int8_t)zero_point);
  for (int32_t i = 0; i < size; i += 32) {
    const int32_t left = size - i;
    const __m256i a = row_avx2(rows[0], i, left, outside);
    const __m256i b = row_avx2(rows[1], i, left, outside);
    const __m256i c = row_avx2(rows[2], i, left, outside);
    const __m256i d = row_avx2(rows[3], i, left, outside);
    const __m256i low_ab = _mm256_unpacklo_epi8(a, b);
    const __m256i low_cd = _mm256_unpacklo_epi8(c, d);
    const __m256i high_ab = _mm256_unpackhi_epi8(a, b);
    const __m256i high_cd = _mm256_unpackhi_epi8(c, d);
    int8_t* const four = to + 4 * i;
    _mm256_storeu_si256((void*)four, _mm256_unpacklo_epi16(low_ab, low_cd));
    _mm256_storeu_si256((void*)(four + 32), _mm256_unpackhi_epi16(low_ab, low_cd));
    _mm256_storeu_si256((void*)(four + 64), _mm256_unpacklo_epi16(high_ab, high_cd));
    _mm256_storeu_si256((void*)(four + 96), _mm256_unpackhi_epi16(high_ab, high_cd));
  }
}
#endif

// Puts the bytes of four rows by turns. A row that is NULL has the zero point. Writes up to 252 bytes behind the last one.
// Bytes are as copy_x86 copies them.
static inline void interleave_x86(int32_t level, int32_t size, int32_t zero_point,
                                  const int8_t* const* rows, int8_t* to) {
#if AOT_X86 && AOT_X86_LEVEL >= 2
  if (level == 2) {
    interleave_vnni(size, zero_point, rows, to);
    return;
  }
#endif
#if AOT_X86 && AOT_X86_LEVEL >= 1
  if (level == 1) {
    interleave_avx2(size, zero_point, rows, to);
    return;
  }
#endif
  (void)level;
  for (int32_t i = 0; i < size; ++i) {
    for (int32_t r = 0; r < 4; ++r) {
      to[4 * i + r] = rows[r] == NULL ? (int8_t)zero_point : rows[r][i];
    }
  }
}

#endif  // AOT_RUNTIME_INTERLEAVE_X86_H_
