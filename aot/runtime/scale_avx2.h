// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_SCALE_AVX2_H_
#define AOT_RUNTIME_SCALE_AVX2_H_

#include <stdint.h>

#include "aot/runtime/dense_x86.h"
#include "aot/runtime/x86.h"

#if AOT_X86 && AOT_X86_LEVEL >= 1
// As scale_16_vnni, of eight sums.
AOT_AVX2 static inline __m256i scale_8_avx2(__m256i sums, const int32_t* numbers) {
  const __m256i half = _mm256_set1_epi32(INT32_MIN);
  const __m256i offsets = _mm256_loadu_si256((const void*)(numbers + kOffsetsX86));
  const __m256i multipliers = _mm256_loadu_si256((const void*)(numbers + kMultipliersX86));
  const __m256i shifts = _mm256_loadu_si256((const void*)(numbers + kShiftsX86));
  const __m256i add_even = _mm256_blend_epi32(half, _mm256_slli_epi64(offsets, 32), 0xAA);
  const __m256i add_odd = _mm256_blend_epi32(half, offsets, 0xAA);
  const __m256i twice = _mm256_add_epi32(sums, sums);
  __m256i even = _mm256_mul_epi32(twice, multipliers);
  __m256i odd = _mm256_mul_epi32(_mm256_srli_epi64(twice, 32), _mm256_srli_epi64(multipliers, 32));
  even = _mm256_srli_epi64(_mm256_add_epi64(even, add_even), 32);
  odd = _mm256_add_epi64(odd, add_odd);
  __m256i x = _mm256_blend_epi32(even, odd, 0xAA);
  x = _mm256_add_epi32(x, _mm256_srai_epi32(sums, 31));
  return _mm256_srav_epi32(x, shifts);
}

// 16 sums to outputs.
AOT_AVX2 static inline __m128i scale_16_avx2(const struct dense_x86* layer, __m256i first,
                                             __m256i second, const int32_t* numbers) {
  first = scale_8_avx2(first, numbers);
  second = scale_8_avx2(second, numbers + 8);
  // Fours of both by turns.
  __m256i halves = _mm256_packs_epi32(first, second);
  halves = _mm256_permute4x64_epi64(halves, 0xD8);
  const __m128i bytes =
      _mm_packs_epi16(_mm256_castsi256_si128(halves), _mm256_extracti128_si256(halves, 1));
  const __m128i lowest = _mm_set1_epi8((int8_t)layer->lowest);
  const __m128i highest = _mm_set1_epi8((int8_t)layer->highest);
  return _mm_min_epi8(_mm_max_epi8(bytes, lowest), highest);
}
#endif

#endif  // AOT_RUNTIME_SCALE_AVX2_H_
