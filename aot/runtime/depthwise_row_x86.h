// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_DEPTHWISE_ROW_X86_H_
#define AOT_RUNTIME_DEPTHWISE_ROW_X86_H_

#include <stdint.h>

#include "aot/runtime/add_four_avx2.h"
#include "aot/runtime/clamp.h"
#include "aot/runtime/dense_x86.h"
#include "aot/runtime/scale_avx2.h"
#include "aot/runtime/scale_int8.h"
#include "aot/runtime/scale_vnni.h"
#include "aot/runtime/store_avx2.h"
#include "aot/runtime/x86.h"

// A row of outputs. Lanes are 32 bits: four inputs of a channel, one above the other.
struct depthwise_row_x86 {
  // Outputs, and channels: several columns count as one if they fit into 16.
  int32_t size, channels;
  // Bytes of lanes from one column to the next one, from a tap to the one at its right, and to those of the next rows.
  int32_t next_column, next_tap, next_group;
  int32_t groups, taps;
};

// How many outputs of a block of 16 there are.
static inline int32_t left_of_row_x86(const struct depthwise_row_x86* row, int32_t start,
                                      int32_t block) {
  const int32_t of_channels = row->channels - block;
  const int32_t of_row = row->size - start - block;
  return of_channels < of_row ? of_channels : of_row;
}

#if AOT_X86 && AOT_X86_LEVEL >= 2
AOT_VNNI static inline __m512i column_vnni(__m512i sums, const int8_t* lanes, __m512i weights) {
  return _mm512_dpbusd_epi32(sums, _mm512_loadu_si512(lanes), weights);
}

AOT_VNNI static inline void depthwise_row_vnni(const struct depthwise_row_x86* row,
                                               const struct dense_x86* layer, const int8_t* lanes,
                                               const int8_t* weights, const int32_t* numbers,
                                               int8_t* out) {
  const int32_t taps = row->groups * row->taps;
  for (int32_t block = 0; block < row->channels; block += 16) {
    const struct scale_vnni scale = scale_of_vnni(layer, numbers);
    const __m512i bias = _mm512_loadu_si512(numbers + kBias128X86);
    const int8_t* from = lanes + 4 * block;
    if (row->groups == 1 && row->taps == 3) {
      const __m512i first = _mm512_loadu_si512(weights);
      const __m512i second = _mm512_loadu_si512(weights + 64);
      const __m512i third = _mm512_loadu_si512(weights + 128);
      for (int32_t at = 0; at < row->size; at += row->channels) {
        __m512i sums = column_vnni(bias, from, first);
        sums = column_vnni(sums, from + row->next_tap, second);
        sums = column_vnni(sums, from + 2 * row->next_tap, third);
        store_vnni(left_of_row_x86(row, at, block), scale_16_vnni(&scale, sums), out + at + block);
        from += row->next_column;
      }
    } else {
      for (int32_t at = 0; at < row->size; at += row->channels) {
        __m512i sums = bias;
        const int8_t* w = weights;
        for (int32_t g = 0; g < row->groups; ++g) {
          for (int32_t t = 0; t < row->taps; ++t) {
            const int8_t* const tap = from + g * row->next_group + t * row->next_tap;
            sums = column_vnni(sums, tap, _mm512_loadu_si512(w));
            w += 64;
          }
        }
        store_vnni(left_of_row_x86(row, at, block), scale_16_vnni(&scale, sums), out + at + block);
        from += row->next_column;
      }
    }
    weights += 64 * taps;
    numbers += kNumbersX86;
  }
}
#endif

#if AOT_X86 && AOT_X86_LEVEL >= 1
AOT_AVX2 static inline __m256i column_avx2(__m256i sums, const int8_t* lanes,
                                           const int8_t* weights) {
  const __m256i x = _mm256_loadu_si256((const void*)lanes);
  return add_four_avx2(sums, x, _mm256_abs_epi8(x), _mm256_loadu_si256((const void*)weights));
}

AOT_AVX2 static inline void depthwise_row_avx2(const struct depthwise_row_x86* row,
                                               const struct dense_x86* layer, const int8_t* lanes,
                                               const int8_t* weights, const int32_t* numbers,
                                               int8_t* out) {
  const int32_t taps = row->groups * row->taps;
  for (int32_t block = 0; block < row->channels; block += 16) {
    const int8_t* from = lanes + 4 * block;
    for (int32_t at = 0; at < row->size; at += row->channels) {
      __m256i first = _mm256_loadu_si256((const void*)(numbers + kBiasX86));
      __m256i second = _mm256_loadu_si256((const void*)(numbers + kBiasX86 + 8));
      const int8_t* w = weights;
      for (int32_t g = 0; g < row->groups; ++g) {
        for (int32_t t = 0; t < row->taps; ++t) {
          const int8_t* const tap = from + g * row->next_group + t * row->next_tap;
          first = column_avx2(first, tap, w);
          second = column_avx2(second, tap + 32, w + 32);
          w += 64;
        }
      }
      const __m128i made = scale_16_avx2(layer, first, second, numbers);
      store_avx2(left_of_row_x86(row, at, block), made, out + at + block);
      from += row->next_column;
    }
    weights += 64 * taps;
    numbers += kNumbersX86;
  }
}
#endif

// Of the layer only the limits count. lanes: what the windows of a row see, as interleave_x86 puts it.
static inline void depthwise_row_x86(int32_t level, const struct depthwise_row_x86* row,
                                     const struct dense_x86* layer, const int8_t* lanes,
                                     const int8_t* weights, const int32_t* numbers, int8_t* out) {
#if AOT_X86 && AOT_X86_LEVEL >= 2
  if (level == 2) {
    depthwise_row_vnni(row, layer, lanes, weights, numbers, out);
    return;
  }
#endif
#if AOT_X86 && AOT_X86_LEVEL >= 1
  if (level == 1) {
    depthwise_row_avx2(row, layer, lanes, weights, numbers, out);
    return;
  }
#endif
  (void)level;
  for (int32_t block = 0; block < row->channels; block += 16) {
    const int8_t* from = lanes + 4 * block;
    for (int32_t at = 0; at < row->size; at += row->channels) {
      const int32_t left = left_of_row_x86(row, at, block);
      for (int32_t o = 0; o < 16 && o < left; ++o) {
        int32_t sum = numbers[kBiasX86 + o];
        const int8_t* w = weights + 4 * o;
        for (int32_t g = 0; g < row->groups; ++g) {
          for (int32_t t = 0; t < row->taps; ++t) {
            const int8_t* const x = from + g * row->next_group + t * row->next_tap + 4 * o;
            sum += x[0] * w[0] + x[1] * w[1] + x[2] * w[2] + x[3] * w[3];
            w += 64;
          }
        }
        const int8_t made = scale_int8(sum, numbers[kMultipliersX86 + o],
                                       numbers[kShiftsX86 + o] - 1, layer->rounding);
        out[at + block + o] = (int8_t)clamp(made, layer->lowest, layer->highest);
      }
      from += row->next_column;
    }
    weights += 64 * row->groups * row->taps;
    numbers += kNumbersX86;
  }
}

#endif  // AOT_RUNTIME_DEPTHWISE_ROW_X86_H_
