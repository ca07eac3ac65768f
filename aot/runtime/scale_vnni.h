// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_SCALE_VNNI_H_
#define AOT_RUNTIME_SCALE_VNNI_H_

#include <stdint.h>

#include "aot/runtime/dense_x86.h"
#include "aot/runtime/mask_vnni.h"
#include "aot/runtime/x86.h"

#if AOT_X86 && AOT_X86_LEVEL >= 2
// How 16 sums become outputs.
struct scale_vnni {
  __m512i even, odd;
  // Half of the 32 bits that a product loses, and what is added to the others.
  __m512i add_even, add_odd;
  __m512i shifts;
  __m512i lowest, highest;
};

AOT_VNNI static inline struct scale_vnni scale_of_vnni(const struct dense_x86* layer,
                                                       const int32_t* numbers) {
  const __m512i half = _mm512_set1_epi32(INT32_MIN);
  const __m512i offsets = _mm512_loadu_si512(numbers + kOffsetsX86);
  struct scale_vnni scale;
  scale.even = _mm512_loadu_si512(numbers + kMultipliersX86);
  scale.odd = _mm512_srli_epi64(scale.even, 32);
  scale.add_even = _mm512_mask_blend_epi32(0xAAAA, half, _mm512_slli_epi64(offsets, 32));
  scale.add_odd = _mm512_mask_blend_epi32(0xAAAA, half, offsets);
  scale.shifts = _mm512_loadu_si512(numbers + kShiftsX86);
  scale.lowest = _mm512_set1_epi32(layer->lowest);
  scale.highest = _mm512_set1_epi32(layer->highest);
  return scale;
}

// The same as scale_int8, of 16 sums. That rounds a scaled sum below 0 downwards if it is in the middle. Here one is
// taken off where the sum is below 0: if it is scaled to 0, that makes no difference, as less than half a unit is added.
AOT_VNNI static inline __m128i scale_16_vnni(const struct scale_vnni* scale, __m512i sums) {
  const __m512i twice = _mm512_add_epi32(sums, sums);
  const __m512i even = _mm512_add_epi64(_mm512_mul_epi32(twice, scale->even), scale->add_even);
  const __m512i odd =
      _mm512_add_epi64(_mm512_mul_epi32(_mm512_srli_epi64(twice, 32), scale->odd), scale->add_odd);
  __m512i x = _mm512_mask_shuffle_epi32(odd, 0x5555, even, _MM_PERM_DDBB);
  x = _mm512_add_epi32(x, _mm512_srai_epi32(sums, 31));
  x = _mm512_srav_epi32(x, scale->shifts);
  x = _mm512_min_epi32(_mm512_max_epi32(x, scale->lowest), scale->highest);
  return _mm512_cvtepi32_epi8(x);
}

// Writes the first `count` bytes.
AOT_VNNI static inline void store_vnni(int32_t count, __m128i bytes, int8_t* out) {
  _mm_mask_storeu_epi8(out, mask_vnni(count), bytes);
}
#endif

#endif  // AOT_RUNTIME_SCALE_VNNI_H_
