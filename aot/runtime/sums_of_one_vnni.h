// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_SUMS_OF_ONE_VNNI_H_
#define AOT_RUNTIME_SUMS_OF_ONE_VNNI_H_

#include <stdint.h>

#include "aot/runtime/dense_x86.h"
#include "aot/runtime/load_four_x86.h"
#include "aot/runtime/x86.h"

#if AOT_X86 && AOT_X86_LEVEL >= 2
AOT_VNNI static inline __m512i four_of_one_vnni(__m512i sums, const int8_t* x,
                                                const int8_t* weights) {
  return _mm512_dpbusd_epi32(sums, _mm512_set1_epi32(load_four_x86(x)),
                             _mm512_loadu_si512(weights));
}

// Sums of 64 outputs for one window: see sums_8x32_vnni.
AOT_VNNI static inline void sums_1x64_vnni(const struct dense_x86* layer, const int8_t* x,
                                           const int8_t* weights, const int32_t* numbers,
                                           __m512i* sums) {
  const int32_t next = layer->rows * layer->segments * layer->fours * 64;
  __m512i a = _mm512_loadu_si512(numbers + kBias128X86);
  __m512i b = _mm512_loadu_si512(numbers + kNumbersX86 + kBias128X86);
  __m512i c = _mm512_loadu_si512(numbers + 2 * kNumbersX86 + kBias128X86);
  __m512i d = _mm512_loadu_si512(numbers + 3 * kNumbersX86 + kBias128X86);
  for (int32_t r = 0; r < layer->rows; ++r) {
    for (int32_t s = 0; s < layer->segments; ++s) {
      const int8_t* from = x + r * layer->next_row + s * layer->next_segment;
      const int8_t* const end = from + 4 * layer->fours;
      do {
        const __m512i four = _mm512_set1_epi32(load_four_x86(from));
        a = _mm512_dpbusd_epi32(a, four, _mm512_loadu_si512(weights));
        b = _mm512_dpbusd_epi32(b, four, _mm512_loadu_si512(weights + next));
        c = _mm512_dpbusd_epi32(c, four, _mm512_loadu_si512(weights + 2 * next));
        d = _mm512_dpbusd_epi32(d, four, _mm512_loadu_si512(weights + 3 * next));
        weights += 64;
        from += 4;
      } while (from != end);
    }
  }
  sums[0] = a;
  sums[1] = b;
  sums[2] = c;
  sums[3] = d;
}

// Sums of 16 outputs for one window. One instruction needs the last one's result: so there are eight sums at a time.
AOT_VNNI static inline __m512i sums_1x16_vnni(const struct dense_x86* layer, const int8_t* x,
                                              const int8_t* weights, const int32_t* numbers) {
  __m512i a = _mm512_loadu_si512(numbers + kBias128X86);
  __m512i b = _mm512_setzero_si512();
  __m512i c = b;
  __m512i d = b;
  __m512i e = b;
  __m512i f = b;
  __m512i g = b;
  __m512i h = b;
  for (int32_t r = 0; r < layer->rows; ++r) {
    for (int32_t s = 0; s < layer->segments; ++s) {
      const int8_t* from = x + r * layer->next_row + s * layer->next_segment;
      int32_t left = layer->fours;
      for (; left >= 8; left -= 8) {
        a = four_of_one_vnni(a, from, weights);
        b = four_of_one_vnni(b, from + 4, weights + 64);
        c = four_of_one_vnni(c, from + 8, weights + 128);
        d = four_of_one_vnni(d, from + 12, weights + 192);
        e = four_of_one_vnni(e, from + 16, weights + 256);
        f = four_of_one_vnni(f, from + 20, weights + 320);
        g = four_of_one_vnni(g, from + 24, weights + 384);
        h = four_of_one_vnni(h, from + 28, weights + 448);
        weights += 512;
        from += 32;
      }
      for (; left > 0; --left) {
        a = four_of_one_vnni(a, from, weights);
        weights += 64;
        from += 4;
      }
    }
  }
  a = _mm512_add_epi32(_mm512_add_epi32(a, b), _mm512_add_epi32(c, d));
  e = _mm512_add_epi32(_mm512_add_epi32(e, f), _mm512_add_epi32(g, h));
  return _mm512_add_epi32(a, e);
}
#endif

#endif  // AOT_RUNTIME_SUMS_OF_ONE_VNNI_H_
