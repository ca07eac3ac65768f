// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_WINDOWS_X86_H_
#define AOT_RUNTIME_WINDOWS_X86_H_

#include <stdint.h>

#include "aot/runtime/clamp.h"
#include "aot/runtime/dense_x86.h"
#include "aot/runtime/scale_avx2.h"
#include "aot/runtime/scale_int8.h"
#include "aot/runtime/scale_vnni.h"
#include "aot/runtime/store_avx2.h"
#include "aot/runtime/sums_1x16_avx2.h"
#include "aot/runtime/sums_4x16_avx2.h"
#include "aot/runtime/sums_8x16_vnni.h"
#include "aot/runtime/sums_8x32_vnni.h"
#include "aot/runtime/sums_any_x86.h"
#include "aot/runtime/sums_of_one_vnni.h"
#include "aot/runtime/x86.h"

#if AOT_X86 && AOT_X86_LEVEL >= 2
AOT_VNNI static inline void windows_vnni(const struct dense_x86* layer, int32_t count,
                                         const int8_t* const* x, const int8_t* weights,
                                         const int32_t* numbers, int8_t* out) {
  const int32_t next = layer->rows * layer->segments * layer->fours * 64;
  int32_t left = layer->outputs;
  __m512i sums[16];
  while (left > 0) {
    int32_t blocks = left > 16 ? 2 : 1;
    if (count == 1) {
      blocks = left > 48 ? 4 : 1;
      if (blocks == 4) {
        sums_1x64_vnni(layer, x[0], weights, numbers, sums);
      } else {
        sums[0] = sums_1x16_vnni(layer, x[0], weights, numbers);
      }
    } else if (blocks == 2) {
      sums_8x32_vnni(layer, x, weights, numbers, sums);
    } else {
      sums_8x16_vnni(layer, x, weights, numbers, sums);
    }
    const int32_t pitch = count == 1 ? 1 : 8;
    for (int32_t b = 0; b < blocks; ++b) {
      const struct scale_vnni scale = scale_of_vnni(layer, numbers);
      for (int32_t i = 0; i < count; ++i) {
        store_vnni(left, scale_16_vnni(&scale, sums[b * pitch + i]), out + i * layer->outputs);
      }
      weights += next;
      numbers += kNumbersX86;
      out += 16;
      left -= 16;
    }
  }
}
#endif

#if AOT_X86 && AOT_X86_LEVEL >= 1
AOT_AVX2 static inline void windows_avx2(const struct dense_x86* layer, int32_t count,
                                         const int8_t* const* x, const int8_t* weights,
                                         const int32_t* numbers, int8_t* out) {
  const int32_t next = layer->rows * layer->segments * layer->fours * 64;
  __m256i sums[8];
  for (int32_t left = layer->outputs; left > 0; left -= 16) {
    for (int32_t i = 0; i < count; i += 4) {
      const int32_t four = count - i < 4 ? count - i : 4;
      if (four == 1) {
        sums_1x16_avx2(layer, x[i], weights, numbers, sums);
      } else {
        sums_4x16_avx2(layer, x + i, weights, numbers, sums);
      }
      for (int32_t k = 0; k < four; ++k) {
        const __m128i made = scale_16_avx2(layer, sums[2 * k], sums[2 * k + 1], numbers);
        store_avx2(left, made, out + (i + k) * layer->outputs);
      }
    }
    weights += next;
    numbers += kNumbersX86;
    out += 16;
  }
}
#endif

// All outputs of up to eight windows. x: where they begin, as copy_x86 copies; the last one again where there are less.
static inline void windows_x86(int32_t level, const struct dense_x86* layer, int32_t count,
                               const int8_t* const* x, const int8_t* weights,
                               const int32_t* numbers, int8_t* out) {
#if AOT_X86 && AOT_X86_LEVEL >= 2
  if (level == 2) {
    windows_vnni(layer, count, x, weights, numbers, out);
    return;
  }
#endif
#if AOT_X86 && AOT_X86_LEVEL >= 1
  if (level == 1) {
    windows_avx2(layer, count, x, weights, numbers, out);
    return;
  }
#endif
  (void)level;
  const int32_t next = layer->rows * layer->segments * layer->fours * 64;
  for (int32_t o = 0; o < layer->outputs; o += 16) {
    for (int32_t i = 0; i < count; ++i) {
      int32_t sums[16];
      sums_any_x86(layer, x[i], weights, numbers, sums);
      for (int32_t k = 0; k < 16 && o + k < layer->outputs; ++k) {
        const int8_t made = scale_int8(sums[k], numbers[kMultipliersX86 + k],
                                       numbers[kShiftsX86 + k] - 1, layer->rounding);
        out[i * layer->outputs + o + k] = (int8_t)clamp(made, layer->lowest, layer->highest);
      }
    }
    weights += next;
    numbers += kNumbersX86;
  }
}

#endif  // AOT_RUNTIME_WINDOWS_X86_H_
