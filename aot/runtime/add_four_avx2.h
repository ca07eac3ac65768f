// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_ADD_FOUR_AVX2_H_
#define AOT_RUNTIME_ADD_FOUR_AVX2_H_

#include <stdint.h>

#include "aot/runtime/x86.h"

#if AOT_X86 && AOT_X86_LEVEL >= 1
// Adds four products to each of eight sums. VPMADDUBSW takes one number without a sign: the input's size, while its sign
// goes to the weight. Weights are from -127 on, so that two products are below 2^15, and nothing saturates.
AOT_AVX2 static inline __m256i add_four_avx2(__m256i sums, __m256i x, __m256i size,
                                             __m256i weights) {
  const __m256i pairs = _mm256_maddubs_epi16(size, _mm256_sign_epi8(weights, x));
  return _mm256_add_epi32(sums, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}
#endif

#endif  // AOT_RUNTIME_ADD_FOUR_AVX2_H_
