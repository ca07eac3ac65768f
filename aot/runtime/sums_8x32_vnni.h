// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_SUMS_8X32_VNNI_H_
#define AOT_RUNTIME_SUMS_8X32_VNNI_H_

#include <stdint.h>

#include "aot/runtime/dense_x86.h"
#include "aot/runtime/load_four_x86.h"
#include "aot/runtime/x86.h"

#if AOT_X86 && AOT_X86_LEVEL >= 2
// Sums of 16 outputs, and of 16 others, for each of eight windows. x: where the windows begin, in inputs with 128 added.
// sums: eight of the first outputs, then eight of the others.
AOT_VNNI static inline void sums_8x32_vnni(const struct dense_x86* layer, const int8_t* const* x,
                                           const int8_t* weights, const int32_t* numbers,
                                           __m512i* sums) {
  const int32_t next = layer->rows * layer->segments * layer->fours * 64;
  const int8_t* const x0 = x[0];
  const int8_t* const x1 = x[1];
  const int8_t* const x2 = x[2];
  const int8_t* const x3 = x[3];
  const int8_t* const x4 = x[4];
  const int8_t* const x5 = x[5];
  const int8_t* const x6 = x[6];
  const int8_t* const x7 = x[7];
  __m512i a0 = _mm512_loadu_si512(numbers + kBias128X86);
  __m512i a1 = a0;
  __m512i a2 = a0;
  __m512i a3 = a0;
  __m512i a4 = a0;
  __m512i a5 = a0;
  __m512i a6 = a0;
  __m512i a7 = a0;
  __m512i b0 = _mm512_loadu_si512(numbers + kNumbersX86 + kBias128X86);
  __m512i b1 = b0;
  __m512i b2 = b0;
  __m512i b3 = b0;
  __m512i b4 = b0;
  __m512i b5 = b0;
  __m512i b6 = b0;
  __m512i b7 = b0;
  for (int32_t r = 0; r < layer->rows; ++r) {
    for (int32_t s = 0; s < layer->segments; ++s) {
      int32_t at = r * layer->next_row + s * layer->next_segment;
      const int32_t end = at + 4 * layer->fours;
      do {
        const __m512i w = _mm512_loadu_si512(weights);
        const __m512i v = _mm512_loadu_si512(weights + next);
        weights += 64;
        __m512i four = _mm512_set1_epi32(load_four_x86(x0 + at));
        a0 = _mm512_dpbusd_epi32(a0, four, w);
        b0 = _mm512_dpbusd_epi32(b0, four, v);
        four = _mm512_set1_epi32(load_four_x86(x1 + at));
        a1 = _mm512_dpbusd_epi32(a1, four, w);
        b1 = _mm512_dpbusd_epi32(b1, four, v);
        four = _mm512_set1_epi32(load_four_x86(x2 + at));
        a2 = _mm512_dpbusd_epi32(a2, four, w);
        b2 = _mm512_dpbusd_epi32(b2, four, v);
        four = _mm512_set1_epi32(load_four_x86(x3 + at));
        a3 = _mm512_dpbusd_epi32(a3, four, w);
        b3 = _mm512_dpbusd_epi32(b3, four, v);
        four = _mm512_set1_epi32(load_four_x86(x4 + at));
        a4 = _mm512_dpbusd_epi32(a4, four, w);
        b4 = _mm512_dpbusd_epi32(b4, four, v);
        four = _mm512_set1_epi32(load_four_x86(x5 + at));
        a5 = _mm512_dpbusd_epi32(a5, four, w);
        b5 = _mm512_dpbusd_epi32(b5, four, v);
        four = _mm512_set1_epi32(load_four_x86(x6 + at));
        a6 = _mm512_dpbusd_epi32(a6, four, w);
        b6 = _mm512_dpbusd_epi32(b6, four, v);
        four = _mm512_set1_epi32(load_four_x86(x7 + at));
        a7 = _mm512_dpbusd_epi32(a7, four, w);
        b7 = _mm512_dpbusd_epi32(b7, four, v);
        at += 4;
      } while (at != end);
    }
  }
  sums[0] = a0;
  sums[1] = a1;
  sums[2] = a2;
  sums[3] = a3;
  sums[4] = a4;
  sums[5] = a5;
  sums[6] = a6;
  sums[7] = a7;
  sums[8] = b0;
  sums[9] = b1;
  sums[10] = b2;
  sums[11] = b3;
  sums[12] = b4;
  sums[13] = b5;
  sums[14] = b6;
  sums[15] = b7;
}
#endif

#endif  // AOT_RUNTIME_SUMS_8X32_VNNI_H_
