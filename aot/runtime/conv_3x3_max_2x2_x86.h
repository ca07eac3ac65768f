// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_CONV_3X3_MAX_2X2_X86_H_
#define AOT_RUNTIME_CONV_3X3_MAX_2X2_X86_H_

#include <stdint.h>

#include "aot/runtime/add_four_avx2.h"
#include "aot/runtime/clamp.h"
#include "aot/runtime/dense_x86.h"
#include "aot/runtime/load_four_x86.h"
#include "aot/runtime/max_places_x86.h"
#include "aot/runtime/not_inlined.h"
#include "aot/runtime/plane_x86.h"
#include "aot/runtime/scale_avx2.h"
#include "aot/runtime/scale_int8.h"
#include "aot/runtime/scale_vnni.h"
#include "aot/runtime/store_avx2.h"
#include "aot/runtime/x86.h"

#if AOT_X86 && AOT_X86_LEVEL >= 2
AOT_VNNI static inline __m512i row_3x3_vnni(const int8_t* x) {
  return _mm512_set1_epi32(load_four_x86(x));
}

AOT_VNNI static inline __m512i add_3x3_vnni(__m512i sums, __m512i a, __m512i b, __m512i c,
                                            const __m512i* weights) {
  sums = _mm512_dpbusd_epi32(sums, a, weights[0]);
  sums = _mm512_dpbusd_epi32(sums, b, weights[1]);
  return _mm512_dpbusd_epi32(sums, c, weights[2]);
}

// The larger one of the upper and the lower sum: at the left place for eight outputs, then at the right one.
AOT_VNNI static inline __m512i max_3x3_vnni(__m512i bias, const int8_t* x, int32_t line,
                                            const __m512i* weights) {
  const __m512i a = row_3x3_vnni(x);
  const __m512i b = row_3x3_vnni(x + line);
  const __m512i c = row_3x3_vnni(x + 2 * line);
  const __m512i d = row_3x3_vnni(x + 3 * line);
  return _mm512_max_epi32(add_3x3_vnni(bias, a, b, c, weights),
                          add_3x3_vnni(bias, b, c, d, weights));
}

AOT_VNNI static inline void conv_3x3_max_2x2_vnni(const struct max_places_x86* shape,
                                                  const struct dense_x86* layer,
                                                  const int8_t* plane, const int8_t* weights,
                                                  const int32_t* numbers, int8_t* out) {
  const int32_t line = shape->plane.line;
  const int32_t outputs = layer->outputs;
  const int32_t next_column = shape->next_column;
  for (int32_t o = 0; o < outputs; o += 8) {
    const int32_t eight = outputs - o < 8 ? outputs - o : 8;
    const struct scale_vnni scale = scale_of_vnni(layer, numbers);
    const __m512i bias = _mm512_loadu_si512(numbers + kBias128X86);
    const __m512i w[3] = {_mm512_loadu_si512(weights), _mm512_loadu_si512(weights + 64),
                          _mm512_loadu_si512(weights + 128)};
    const int8_t* row = plane;
    int8_t* to = out + o;
    for (int32_t y = 0; y < shape->out_h; ++y) {
      const int8_t* x = row;
      for (int32_t left = shape->out_w; left > 0; left -= 2) {
        const __m512i first = max_3x3_vnni(bias, x, line, w);
        // Of the last one there may be no second one.
        const __m512i second = max_3x3_vnni(bias, left > 1 ? x + next_column : x, line, w);
        const __m512i lefts = _mm512_inserti64x4(first, _mm512_castsi512_si256(second), 1);
        const __m512i rights = _mm512_shuffle_i64x2(first, second, 0xEE);
        const __m128i made = scale_16_vnni(&scale, _mm512_max_epi32(lefts, rights));
        if (outputs == 8 && left > 1) {
          _mm_storeu_si128((void*)to, made);
        } else {
          store_vnni(eight, made, to);
          if (left > 1) store_vnni(eight, _mm_srli_si128(made, 8), to + outputs);
        }
        x += 2 * next_column;
        to += (left > 1 ? 2 : 1) * outputs;
      }
      row += shape->next_row;
    }
    weights += 192;
    numbers += kNumbersX86;
  }
}
#endif

#if AOT_X86 && AOT_X86_LEVEL >= 1
AOT_AVX2 static inline __m256i half_avx2(const int8_t* weights) {
  return _mm256_loadu_si256((const void*)weights);
}

// The largest one of four sums of eight outputs.
AOT_AVX2 static inline __m256i max_3x3_avx2(__m256i bias, const int8_t* x, int32_t line,
                                            const int8_t* weights) {
  __m256i four = _mm256_set1_epi32(load_four_x86(x));
  __m256i size = _mm256_abs_epi8(four);
  __m256i upper_left = add_four_avx2(bias, four, size, half_avx2(weights));
  __m256i upper_right = add_four_avx2(bias, four, size, half_avx2(weights + 32));
  four = _mm256_set1_epi32(load_four_x86(x + line));
  size = _mm256_abs_epi8(four);
  upper_left = add_four_avx2(upper_left, four, size, half_avx2(weights + 64));
  upper_right = add_four_avx2(upper_right, four, size, half_avx2(weights + 96));
  __m256i lower_left = add_four_avx2(bias, four, size, half_avx2(weights));
  __m256i lower_right = add_four_avx2(bias, four, size, half_avx2(weights + 32));
  four = _mm256_set1_epi32(load_four_x86(x + 2 * line));
  size = _mm256_abs_epi8(four);
  upper_left = add_four_avx2(upper_left, four, size, half_avx2(weights + 128));
  upper_right = add_four_avx2(upper_right, four, size, half_avx2(weights + 160));
  lower_left = add_four_avx2(lower_left, four, size, half_avx2(weights + 64));
  lower_right = add_four_avx2(lower_right, four, size, half_avx2(weights + 96));
  four = _mm256_set1_epi32(load_four_x86(x + 3 * line));
  size = _mm256_abs_epi8(four);
  lower_left = add_four_avx2(lower_left, four, size, half_avx2(weights + 128));
  lower_right = add_four_avx2(lower_right, four, size, half_avx2(weights + 160));
  return _mm256_max_epi32(_mm256_max_epi32(upper_left, upper_right),
                          _mm256_max_epi32(lower_left, lower_right));
}

AOT_AVX2 static inline void conv_3x3_max_2x2_avx2(const struct max_places_x86* shape,
                                                  const struct dense_x86* layer,
                                                  const int8_t* plane, const int8_t* weights,
                                                  const int32_t* numbers, int8_t* out) {
  const int32_t line = shape->plane.line;
  for (int32_t o = 0; o < layer->outputs; o += 8) {
    const int32_t eight = layer->outputs - o < 8 ? layer->outputs - o : 8;
    const __m256i bias = _mm256_loadu_si256((const void*)(numbers + kBiasX86));
    const int8_t* row = plane;
    int8_t* to = out + o;
    for (int32_t y = 0; y < shape->out_h; ++y) {
      const int8_t* x = row;
      for (int32_t left = shape->out_w; left > 0; left -= 2) {
        const __m256i first = max_3x3_avx2(bias, x, line, weights);
        // Of the last one there may be no second one.
        const int8_t* const other = left > 1 ? x + shape->next_column : x;
        const __m256i second = max_3x3_avx2(bias, other, line, weights);
        const __m128i made = scale_16_avx2(layer, first, second, numbers);
        store_avx2(eight, made, to);
        to += layer->outputs;
        if (left > 1) {
          store_avx2(eight, _mm_srli_si128(made, 8), to);
          to += layer->outputs;
        }
        x += 2 * shape->next_column;
      }
      row += shape->next_row;
    }
    weights += 192;
    numbers += kNumbersX86;
  }
}
#endif

// As conv_2d_max_x86, of 3 x 3 inputs of one channel at 2 x 2 places. Four inputs of a row are what both places see. So
// weights are those of eight outputs three times, one row after the other: for the left place with 0 behind them, then
// for the right one with 0 before them. What numbers say of eight outputs is there twice.
AOT_NOT_INLINED static void conv_3x3_max_2x2_x86(const struct max_places_x86* shape,
                                                 const struct dense_x86* layer, int32_t zero_point,
                                                 const int8_t* in, const int8_t* weights,
                                                 const int32_t* numbers, int8_t* plane,
                                                 int8_t* out) {
  const int32_t level = x86_level();
  for (int32_t b = 0; b < shape->batches; ++b) {
    copy_plane_x86(level, &shape->plane, zero_point, in, plane);
#if AOT_X86 && AOT_X86_LEVEL >= 2
    if (level == 2) conv_3x3_max_2x2_vnni(shape, layer, plane, weights, numbers, out);
#endif
#if AOT_X86 && AOT_X86_LEVEL >= 1
    if (level == 1) conv_3x3_max_2x2_avx2(shape, layer, plane, weights, numbers, out);
#endif
    if (level == 0) {
      int8_t* to = out;
      for (int32_t y = 0; y < shape->out_h; ++y) {
        for (int32_t x = 0; x < shape->out_w; ++x) {
          const int8_t* const seen = plane + y * shape->next_row + x * shape->next_column;
          for (int32_t o = 0; o < layer->outputs; ++o) {
            const int8_t* const w = weights + o / 8 * 192 + o % 8 * 4;
            const int32_t* const n = numbers + o / 8 * kNumbersX86 + o % 8;
            int32_t most = INT32_MIN;
            for (int32_t place = 0; place < 4; ++place) {
              const int8_t* from = seen + place / 2 * shape->plane.line + place % 2;
              int32_t sum = n[kBiasX86];
              for (int32_t i = 0; i < 3; ++i) {
                const int8_t* const row = w + 64 * i;
                sum += from[0] * row[0] + from[1] * row[1] + from[2] * row[2];
                from += shape->plane.line;
              }
              if (most < sum) most = sum;
            }
            const int8_t made =
                scale_int8(most, n[kMultipliersX86], n[kShiftsX86] - 1, layer->rounding);
            *to++ = (int8_t)clamp(made, layer->lowest, layer->highest);
          }
        }
      }
    }
    in += shape->plane.image;
    out += shape->out_h * shape->out_w * layer->outputs;
  }
}

#endif  // AOT_RUNTIME_CONV_3X3_MAX_2X2_X86_H_
