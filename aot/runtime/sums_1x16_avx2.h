// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_SUMS_1X16_AVX2_H_
#define AOT_RUNTIME_SUMS_1X16_AVX2_H_

#include <stdint.h>

#include "aot/runtime/add_four_avx2.h"
#include "aot/runtime/dense_x86.h"
#include "aot/runtime/load_four_x86.h"
#include "aot/runtime/x86.h"

#if AOT_X86 && AOT_X86_LEVEL >= 1
// Sums of 16 outputs for one window.
AOT_AVX2 static inline void sums_1x16_avx2(const struct dense_x86* layer, const int8_t* x,
                                           const int8_t* weights, const int32_t* numbers,
                                           __m256i* sums) {
  __m256i a = _mm256_loadu_si256((const void*)(numbers + kBiasX86));
  __m256i b = _mm256_loadu_si256((const void*)(numbers + kBiasX86 + 8));
  for (int32_t r = 0; r < layer->rows; ++r) {
    for (int32_t s = 0; s < layer->segments; ++s) {
      const int8_t* from = x + r * layer->next_row + s * layer->next_segment;
      const int8_t* const end = from + 4 * layer->fours;
      do {
        const __m256i four = _mm256_set1_epi32(load_four_x86(from));
        const __m256i size = _mm256_abs_epi8(four);
        a = add_four_avx2(a, four, size, _mm256_loadu_si256((const void*)weights));
        b = add_four_avx2(b, four, size, _mm256_loadu_si256((const void*)(weights + 32)));
        weights += 64;
        from += 4;
      } while (from != end);
    }
  }
  sums[0] = a;
  sums[1] = b;
}
#endif

#endif  // AOT_RUNTIME_SUMS_1X16_AVX2_H_
