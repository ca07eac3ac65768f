// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_SCALED_SUM_X86_H_
#define AOT_RUNTIME_SCALED_SUM_X86_H_

#include <stdint.h>

#include "aot/runtime/mask_vnni.h"
#include "aot/runtime/not_inlined.h"
#include "aot/runtime/scaled_sum.h"
#include "aot/runtime/x86.h"

#if AOT_X86 && AOT_X86_LEVEL >= 2
// As scale_and_round, with 32 bits.
AOT_VNNI static inline __m512i scale_and_round_vnni(__m512i x, int32_t multiplier, int64_t rounding,
                                                    int32_t exponent) {
  const __m512i factor = _mm512_set1_epi32(multiplier);
  const __m512i half = _mm512_set1_epi64(rounding);
  const __m512i even = _mm512_add_epi64(_mm512_mul_epi32(x, factor), half);
  const __m512i upper = _mm512_srli_epi64(x, 32);
  const __m512i odd = _mm512_add_epi64(_mm512_mul_epi32(upper, factor), half);
  const __m512i high = _mm512_mask_shuffle_epi32(odd, 0x5555, even, _MM_PERM_DDBB);
  const __m512i rounded = _mm512_add_epi32(high, _mm512_srai_epi32(x, 31));
  return _mm512_sra_epi32(rounded, _mm_cvtsi32_si128(exponent));
}

AOT_VNNI static inline void scaled_sum_vnni(int32_t count, const struct scaled_sum* to,
                                            const int8_t* x, const int8_t* y, int8_t* out) {
  const struct scaled_sum copy = *to;
  for (int32_t i = 0; i < count; i += 16) {
    const __mmask16 mask = mask_vnni(count - i);
    const __m512i a = _mm512_cvtepi8_epi32(_mm_maskz_loadu_epi8(mask, x + i));
    const __m512i b = _mm512_cvtepi8_epi32(_mm_maskz_loadu_epi8(mask, y + i));
    __m512i other = _mm512_mullo_epi32(b, _mm512_set1_epi32(copy.y_factor));
    other = _mm512_add_epi32(other, _mm512_set1_epi32(copy.y_offset));
    other = scale_and_round_vnni(other, copy.y_multiplier, copy.y_rounding, copy.y_exponent);
    __m512i sum = _mm512_mullo_epi32(a, _mm512_set1_epi32(copy.x_factor));
    sum = _mm512_add_epi32(sum, _mm512_set1_epi32(copy.x_offset));
    sum = _mm512_add_epi32(sum, _mm512_add_epi32(other, other));
    sum = scale_and_round_vnni(sum, copy.multiplier, copy.rounding, copy.exponent);
    sum = _mm512_max_epi32(sum, _mm512_set1_epi32(copy.lowest));
    sum = _mm512_min_epi32(sum, _mm512_set1_epi32(copy.highest));
    _mm_mask_storeu_epi8(out + i, mask, _mm512_cvtepi32_epi8(sum));
  }
}
#endif

#if AOT_X86 && AOT_X86_LEVEL >= 1
// As scale_and_round, with 32 bits.
AOT_AVX2 static inline __m256i scale_and_round_avx2(__m256i x, int32_t multiplier, int64_t rounding,
                                                    int32_t exponent) {
  const __m256i factor = _mm256_set1_epi32(multiplier);
  const __m256i half = _mm256_set1_epi64x(rounding);
  const __m256i even = _mm256_add_epi64(_mm256_mul_epi32(x, factor), half);
  const __m256i upper = _mm256_srli_epi64(x, 32);
  const __m256i odd = _mm256_add_epi64(_mm256_mul_epi32(upper, factor), half);
  const __m256i high = _mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0xAA);
  const __m256i rounded = _mm256_add_epi32(high, _mm256_srai_epi32(x, 31));
  return _mm256_sra_epi32(rounded, _mm_cvtsi32_si128(exponent));
}

// Writes whole eights, and says how many outputs these are.
AOT_AVX2 static inline int32_t scaled_sum_avx2(int32_t count, const struct scaled_sum* to,
                                               const int8_t* x, const int8_t* y, int8_t* out) {
  const struct scaled_sum copy = *to;
  int32_t i = 0;
  for (; i + 8 <= count; i += 8) {
    const __m256i a = _mm256_cvtepi8_epi32(_mm_loadl_epi64((const void*)(x + i)));
    const __m256i b = _mm256_cvtepi8_epi32(_mm_loadl_epi64((const void*)(y + i)));
    __m256i other = _mm256_mullo_epi32(b, _mm256_set1_epi32(copy.y_factor));
    other = _mm256_add_epi32(other, _mm256_set1_epi32(copy.y_offset));
    other = scale_and_round_avx2(other, copy.y_multiplier, copy.y_rounding, copy.y_exponent);
    __m256i sum = _mm256_mullo_epi32(a, _mm256_set1_epi32(copy.x_factor));
    sum = _mm256_add_epi32(sum, _mm256_set1_epi32(copy.x_offset));
    sum = _mm256_add_epi32(sum, _mm256_add_epi32(other, other));
    sum = scale_and_round_avx2(sum, copy.multiplier, copy.rounding, copy.exponent);
    sum = _mm256_max_epi32(sum, _mm256_set1_epi32(copy.lowest));
    sum = _mm256_min_epi32(sum, _mm256_set1_epi32(copy.highest));
    const __m128i halves =
        _mm_packs_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
    _mm_storel_epi64((void*)(out + i), _mm_packs_epi16(halves, halves));
  }
  return i;
}
#endif

// The same as scaled_sum_int8.
AOT_NOT_INLINED static void scaled_sum_x86(int32_t count, const struct scaled_sum* to,
                                           const int8_t* x, const int8_t* y, int8_t* out) {
  const int32_t level = x86_level();
  int32_t i = 0;
#if AOT_X86 && AOT_X86_LEVEL >= 2
  if (level == 2) {
    scaled_sum_vnni(count, to, x, y, out);
    return;
  }
#endif
#if AOT_X86 && AOT_X86_LEVEL >= 1
  if (level == 1) i = scaled_sum_avx2(count, to, x, y, out);
#endif
  (void)level;
  const struct scaled_sum copy = *to;
  for (; i < count; ++i) out[i] = (int8_t)scaled_sum(&copy, x[i], y[i], 32);
}

#endif  // AOT_RUNTIME_SCALED_SUM_X86_H_
