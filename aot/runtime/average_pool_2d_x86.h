// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_AVERAGE_POOL_2D_X86_H_
#define AOT_RUNTIME_AVERAGE_POOL_2D_X86_H_

#include <stdint.h>

#include "aot/runtime/clamp.h"
#include "aot/runtime/load_avx2.h"
#include "aot/runtime/mask_vnni.h"
#include "aot/runtime/not_inlined.h"
#include "aot/runtime/pool_2d.h"
#include "aot/runtime/wrapping_sum.h"
#include "aot/runtime/x86.h"

// What a window sees of the image.
struct sum_window_x86 {
  int32_t rows, columns, channels, next_row;
};

#if AOT_X86 && AOT_X86_LEVEL >= 2
AOT_VNNI static inline void sum_window_vnni(const struct sum_window_x86* window, int32_t count,
                                            const int8_t* in, int32_t* sums) {
  const __mmask16 mask = mask_vnni(count);
  __m512i sum = _mm512_setzero_si512();
  for (int32_t y = 0; y < window->rows; ++y) {
    const int8_t* from = in + y * window->next_row;
    for (int32_t x = 0; x < window->columns; ++x) {
      sum = _mm512_add_epi32(sum, _mm512_cvtepi8_epi32(_mm_maskz_loadu_epi8(mask, from)));
      from += window->channels;
    }
  }
  _mm512_storeu_si512(sums, sum);
}
#endif

#if AOT_X86 && AOT_X86_LEVEL >= 1
AOT_AVX2 static inline void sum_window_avx2(const struct sum_window_x86* window, int32_t count,
                                            const int8_t* in, int32_t* sums) {
  __m256i low = _mm256_setzero_si256();
  __m256i high = low;
  for (int32_t y = 0; y < window->rows; ++y) {
    const int8_t* from = in + y * window->next_row;
    for (int32_t x = 0; x < window->columns; ++x) {
      const __m128i bytes = load_avx2(count, from);
      low = _mm256_add_epi32(low, _mm256_cvtepi8_epi32(bytes));
      high = _mm256_add_epi32(high, _mm256_cvtepi8_epi32(_mm_srli_si128(bytes, 8)));
      from += window->channels;
    }
  }
  _mm256_storeu_si256((void*)sums, low);
  _mm256_storeu_si256((void*)(sums + 8), high);
}
#endif

// Sums of up to 16 channels of a window.
static inline void sum_window_x86(int32_t level, const struct sum_window_x86* window, int32_t count,
                                  const int8_t* in, int32_t* sums) {
#if AOT_X86 && AOT_X86_LEVEL >= 2
  if (level == 2) {
    sum_window_vnni(window, count, in, sums);
    return;
  }
#endif
#if AOT_X86 && AOT_X86_LEVEL >= 1
  if (level == 1) {
    sum_window_avx2(window, count, in, sums);
    return;
  }
#endif
  (void)level;
  for (int32_t c = 0; c < 16; ++c) sums[c] = 0;
  for (int32_t y = 0; y < window->rows; ++y) {
    const int8_t* from = in + y * window->next_row;
    for (int32_t x = 0; x < window->columns; ++x) {
      for (int32_t c = 0; c < 16 && c < count; ++c) sums[c] = wrapping_sum(sums[c], from[c]);
      from += window->channels;
    }
  }
}

// The same as average_pool_2d_int8.
AOT_NOT_INLINED static void average_pool_2d_x86(const struct pool_2d* shape, int32_t lowest,
                                                int32_t highest, const int8_t* in, int8_t* out) {
  const int32_t level = x86_level();
  for (int32_t b = 0; b < shape->batches; ++b) {
    for (int32_t y = 0; y < shape->out_h; ++y) {
      const struct visible_inputs rows =
          visible_inputs(y * shape->stride_h - shape->pad_h, shape->filter_h, shape->in_h);
      for (int32_t x = 0; x < shape->out_w; ++x) {
        const struct visible_inputs columns =
            visible_inputs(x * shape->stride_w - shape->pad_w, shape->filter_w, shape->in_w);
        const struct sum_window_x86 window = {rows.end - rows.first, columns.end - columns.first,
                                              shape->channels, shape->in_w * shape->channels};
        const int32_t count = window.rows * window.columns;
        const int8_t* from = in + (rows.first * shape->in_w + columns.first) * shape->channels;
        for (int32_t left = shape->channels; left > 0; left -= 16) {
          int32_t sums[16];
          sum_window_x86(level, &window, left, from, sums);
          for (int32_t c = 0; c < 16 && c < left; ++c) {
            const int32_t half = sums[c] > 0 ? count / 2 : -(count / 2);
            *out++ = (int8_t)clamp(wrapping_sum(sums[c], half) / count, lowest, highest);
          }
          from += 16;
        }
      }
    }
    in += shape->in_h * shape->in_w * shape->channels;
  }
}

#endif  // AOT_RUNTIME_AVERAGE_POOL_2D_X86_H_
