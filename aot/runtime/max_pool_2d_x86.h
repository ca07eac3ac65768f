// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_MAX_POOL_2D_X86_H_
#define AOT_RUNTIME_MAX_POOL_2D_X86_H_

#include <stdint.h>

#include "aot/runtime/clamp.h"
#include "aot/runtime/load_avx2.h"
#include "aot/runtime/mask_vnni.h"
#include "aot/runtime/not_inlined.h"
#include "aot/runtime/pool_2d.h"
#include "aot/runtime/store_avx2.h"
#include "aot/runtime/x86.h"

// What a window sees of the image, and the limits of outputs.
struct max_window_x86 {
  int32_t rows, columns, channels, next_row;
  int32_t lowest, highest;
};

#if AOT_X86 && AOT_X86_LEVEL >= 2
AOT_VNNI static inline void max_window_vnni(const struct max_window_x86* window, const int8_t* in,
                                            int8_t* out) {
  const __m128i lowest = _mm_set1_epi8((int8_t)window->lowest);
  const __m128i highest = _mm_set1_epi8((int8_t)window->highest);
  for (int32_t c = 0; c < window->channels; c += 16) {
    const __mmask16 mask = mask_vnni(window->channels - c);
    __m128i best = _mm_set1_epi8(INT8_MIN);
    for (int32_t y = 0; y < window->rows; ++y) {
      const int8_t* from = in + y * window->next_row + c;
      for (int32_t x = 0; x < window->columns; ++x) {
        best = _mm_max_epi8(best, _mm_maskz_loadu_epi8(mask, from));
        from += window->channels;
      }
    }
    _mm_mask_storeu_epi8(out + c, mask, _mm_min_epi8(_mm_max_epi8(best, lowest), highest));
  }
}
#endif

#if AOT_X86 && AOT_X86_LEVEL >= 1
AOT_AVX2 static inline void max_window_avx2(const struct max_window_x86* window, const int8_t* in,
                                            int8_t* out) {
  const __m128i lowest = _mm_set1_epi8((int8_t)window->lowest);
  const __m128i highest = _mm_set1_epi8((int8_t)window->highest);
  for (int32_t c = 0; c < window->channels; c += 16) {
    const int32_t left = window->channels - c;
    __m128i best = _mm_set1_epi8(INT8_MIN);
    for (int32_t y = 0; y < window->rows; ++y) {
      const int8_t* from = in + y * window->next_row + c;
      for (int32_t x = 0; x < window->columns; ++x) {
        best = _mm_max_epi8(best, load_avx2(left, from));
        from += window->channels;
      }
    }
    store_avx2(left, _mm_min_epi8(_mm_max_epi8(best, lowest), highest), out + c);
  }
}
#endif

// The same as max_pool_2d_int8.
AOT_NOT_INLINED static void max_pool_2d_x86(const struct pool_2d* shape, int32_t lowest,
                                            int32_t highest, const int8_t* in, int8_t* out) {
  const int32_t level = x86_level();
  for (int32_t b = 0; b < shape->batches; ++b) {
    for (int32_t y = 0; y < shape->out_h; ++y) {
      const struct visible_inputs rows =
          visible_inputs(y * shape->stride_h - shape->pad_h, shape->filter_h, shape->in_h);
      for (int32_t x = 0; x < shape->out_w; ++x) {
        const struct visible_inputs columns =
            visible_inputs(x * shape->stride_w - shape->pad_w, shape->filter_w, shape->in_w);
        const struct max_window_x86 window = {rows.end - rows.first,
                                              columns.end - columns.first,
                                              shape->channels,
                                              shape->in_w * shape->channels,
                                              lowest,
                                              highest};
        const int32_t first = (rows.first * shape->in_w + columns.first) * shape->channels;
        if (level == 0) {
          for (int32_t c = 0; c < shape->channels; ++c) {
            int32_t best = INT8_MIN;
            for (int32_t row = 0; row < window.rows; ++row) {
              const int8_t* from = in + first + row * window.next_row + c;
              for (int32_t column = 0; column < window.columns; ++column) {
                if (best < *from) best = *from;
                from += shape->channels;
              }
            }
            out[c] = (int8_t)clamp(best, lowest, highest);
          }
        }
#if AOT_X86 && AOT_X86_LEVEL >= 2
        if (level == 2) max_window_vnni(&window, in + first, out);
#endif
#if AOT_X86 && AOT_X86_LEVEL >= 1
        if (level == 1) max_window_avx2(&window, in + first, out);
#endif
        out += shape->channels;
      }
    }
    in += shape->in_h * shape->in_w * shape->channels;
  }
}

#endif  // AOT_RUNTIME_MAX_POOL_2D_X86_H_
