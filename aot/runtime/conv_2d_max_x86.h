// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_CONV_2D_MAX_X86_H_
#define AOT_RUNTIME_CONV_2D_MAX_X86_H_

#include <stdint.h>

#include "aot/runtime/clamp.h"
#include "aot/runtime/dense_x86.h"
#include "aot/runtime/max_places_x86.h"
#include "aot/runtime/not_inlined.h"
#include "aot/runtime/plane_x86.h"
#include "aot/runtime/scale_avx2.h"
#include "aot/runtime/scale_int8.h"
#include "aot/runtime/scale_vnni.h"
#include "aot/runtime/store_avx2.h"
#include "aot/runtime/sums_4x16_avx2.h"
#include "aot/runtime/sums_8x16_vnni.h"
#include "aot/runtime/sums_any_x86.h"
#include "aot/runtime/x86.h"

#if AOT_X86 && AOT_X86_LEVEL >= 2
AOT_VNNI static inline void max_windows_vnni(const struct dense_x86* layer, int32_t places,
                                             int32_t count, const int8_t* const* x,
                                             const int8_t* weights, const int32_t* numbers,
                                             int8_t* out) {
  const int32_t next = layer->rows * layer->segments * layer->fours * 64;
  for (int32_t left = layer->outputs; left > 0; left -= 16) {
    __m512i sums[8];
    sums_8x16_vnni(layer, x, weights, numbers, sums);
    const struct scale_vnni scale = scale_of_vnni(layer, numbers);
    for (int32_t i = 0; i < count; ++i) {
      __m512i most = sums[i * places];
      for (int32_t p = 1; p < places; ++p) most = _mm512_max_epi32(most, sums[i * places + p]);
      store_vnni(left, scale_16_vnni(&scale, most), out + i * layer->outputs);
    }
    weights += next;
    numbers += kNumbersX86;
    out += 16;
  }
}
#endif

#if AOT_X86 && AOT_X86_LEVEL >= 1
AOT_AVX2 static inline void max_windows_avx2(const struct dense_x86* layer, int32_t places,
                                             int32_t count, const int8_t* const* x,
                                             const int8_t* weights, const int32_t* numbers,
                                             int8_t* out) {
  const int32_t next = layer->rows * layer->segments * layer->fours * 64;
  for (int32_t left = layer->outputs; left > 0; left -= 16) {
    __m256i sums[16];
    sums_4x16_avx2(layer, x, weights, numbers, sums);
    if (places * count > 4) sums_4x16_avx2(layer, x + 4, weights, numbers, sums + 8);
    for (int32_t i = 0; i < count; ++i) {
      const __m256i* const of_one = sums + 2 * i * places;
      __m256i low = of_one[0];
      __m256i high = of_one[1];
      for (int32_t p = 1; p < places; ++p) {
        low = _mm256_max_epi32(low, of_one[2 * p]);
        high = _mm256_max_epi32(high, of_one[2 * p + 1]);
      }
      store_avx2(left, scale_16_avx2(layer, low, high, numbers), out + i * layer->outputs);
    }
    weights += next;
    numbers += kNumbersX86;
    out += 16;
  }
}
#endif

// Outputs of `count` times `places` windows, of each output the largest. Scaling keeps the order of sums.
static inline void max_windows_x86(int32_t level, const struct dense_x86* layer, int32_t places,
                                   int32_t count, const int8_t* const* x, const int8_t* weights,
                                   const int32_t* numbers, int8_t* out) {
#if AOT_X86 && AOT_X86_LEVEL >= 2
  if (level == 2) {
    max_windows_vnni(layer, places, count, x, weights, numbers, out);
    return;
  }
#endif
#if AOT_X86 && AOT_X86_LEVEL >= 1
  if (level == 1) {
    max_windows_avx2(layer, places, count, x, weights, numbers, out);
    return;
  }
#endif
  (void)level;
  const int32_t next = layer->rows * layer->segments * layer->fours * 64;
  for (int32_t o = 0; o < layer->outputs; o += 16) {
    for (int32_t i = 0; i < count; ++i) {
      int32_t most[16];
      for (int32_t p = 0; p < places; ++p) {
        int32_t sums[16];
        sums_any_x86(layer, x[i * places + p], weights, numbers, sums);
        for (int32_t k = 0; k < 16; ++k) most[k] = p == 0 || sums[k] > most[k] ? sums[k] : most[k];
      }
      for (int32_t k = 0; k < 16 && o + k < layer->outputs; ++k) {
        const int8_t made = scale_int8(most[k], numbers[kMultipliersX86 + k],
                                       numbers[kShiftsX86 + k] - 1, layer->rounding);
        out[i * layer->outputs + o + k] = (int8_t)clamp(made, layer->lowest, layer->highest);
      }
    }
    weights += next;
    numbers += kNumbersX86;
  }
}

// A convolution without groups, and the maximum of up to eight places. plane: memory for the image with its borders, and
// three bytes.
AOT_NOT_INLINED static void conv_2d_max_x86(const struct max_places_x86* shape,
                                            const struct dense_x86* layer, int32_t zero_point,
                                            const int8_t* in, const int8_t* weights,
                                            const int32_t* numbers, int8_t* plane, int8_t* out) {
  const int32_t level = x86_level();
  const int32_t places = shape->rows * shape->columns;
  const int32_t count = shape->out_h * shape->out_w;
  for (int32_t b = 0; b < shape->batches; ++b) {
    copy_plane_x86(level, &shape->plane, zero_point, in, plane);
    const int8_t* row = plane;
    int32_t column = 0;
    int32_t left = count;
    while (left > 0) {
      const int8_t* x[8];
      int32_t filled = 0;
      int32_t made = 0;
      for (; made < left && filled + places <= 8; ++made) {
        const int8_t* const first = row + column * shape->next_column;
        for (int32_t p = 0; p < shape->rows; ++p) {
          for (int32_t q = 0; q < shape->columns; ++q) {
            x[filled++] = first + p * shape->next_place_row + q * shape->next_place;
          }
        }
        if (++column == shape->out_w) {
          column = 0;
          row += shape->next_row;
        }
      }
      for (; filled < 8; ++filled) x[filled] = x[filled - 1];
      max_windows_x86(level, layer, places, made, x, weights, numbers, out);
      out += made * layer->outputs;
      left -= made;
    }
    in += shape->plane.image;
  }
}

#endif  // AOT_RUNTIME_CONV_2D_MAX_X86_H_
