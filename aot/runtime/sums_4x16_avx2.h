// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_SUMS_4X16_AVX2_H_
#define AOT_RUNTIME_SUMS_4X16_AVX2_H_

#include <stdint.h>

#include "aot/runtime/add_four_avx2.h"
#include "aot/runtime/dense_x86.h"
#include "aot/runtime/load_four_x86.h"
#include "aot/runtime/x86.h"

#if AOT_X86 && AOT_X86_LEVEL >= 1
// Sums of 16 outputs for each of four windows, where x has the beginnings: the first eight outputs, then the others.
AOT_AVX2 static inline void sums_4x16_avx2(const struct dense_x86* layer, const int8_t* const* x,
                                           const int8_t* weights, const int32_t* numbers,
                                           __m256i* sums) {
  const int8_t* const x0 = x[0];
  const int8_t* const x1 = x[1];
  const int8_t* const x2 = x[2];
  const int8_t* const x3 = x[3];
  __m256i a0 = _mm256_loadu_si256((const void*)(numbers + kBiasX86));
  __m256i b0 = _mm256_loadu_si256((const void*)(numbers + kBiasX86 + 8));
  __m256i a1 = a0;
  __m256i b1 = b0;
  __m256i a2 = a0;
  __m256i b2 = b0;
  __m256i a3 = a0;
  __m256i b3 = b0;
  for (int32_t r = 0; r < layer->rows; ++r) {
    for (int32_t s = 0; s < layer->segments; ++s) {
      int32_t at = r * layer->next_row + s * layer->next_segment;
      const int32_t end = at + 4 * layer->fours;
      do {
        const __m256i w = _mm256_loadu_si256((const void*)weights);
        const __m256i v = _mm256_loadu_si256((const void*)(weights + 32));
        weights += 64;
        __m256i four = _mm256_set1_epi32(load_four_x86(x0 + at));
        __m256i size = _mm256_abs_epi8(four);
        a0 = add_four_avx2(a0, four, size, w);
        b0 = add_four_avx2(b0, four, size, v);
        four = _mm256_set1_epi32(load_four_x86(x1 + at));
        size = _mm256_abs_epi8(four);
        a1 = add_four_avx2(a1, four, size, w);
        b1 = add_four_avx2(b1, four, size, v);
        four = _mm256_set1_epi32(load_four_x86(x2 + at));
        size = _mm256_abs_epi8(four);
        a2 = add_four_avx2(a2, four, size, w);
        b2 = add_four_avx2(b2, four, size, v);
        four = _mm256_set1_epi32(load_four_x86(x3 + at));
        size = _mm256_abs_epi8(four);
        a3 = add_four_avx2(a3, four, size, w);
        b3 = add_four_avx2(b3, four, size, v);
        at += 4;
      } while (at != end);
    }
  }
  sums[0] = a0;
  sums[1] = b0;
  sums[2] = a1;
  sums[3] = b1;
  sums[4] = a2;
  sums[5] = b2;
  sums[6] = a3;
  sums[7] = b3;
}
#endif

#endif  // AOT_RUNTIME_SUMS_4X16_AVX2_H_
