// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_CONV_3X3_MAX_2X2_MVE_H_
#define AOT_RUNTIME_CONV_3X3_MAX_2X2_MVE_H_

#include <stdint.h>
#include <string.h>

#include "aot/runtime/conv_2d_max.h"
#include "aot/runtime/lanes_mve.h"
#include "aot/runtime/mve.h"
#include "aot/runtime/output_mve.h"
#include "aot/runtime/requantization.h"

// How sums of a layer become outputs: see output_int8.
struct pooled_mve {
  int32_t outputs, zero_point;
  // Of each output 16 bytes: three rows of three weights, each with a zero after it, and four zeros. There are five
  // zeros before the first one.
  const int8_t* weights;
  const int32_t* bias;
  const int32_t* multipliers;
  const int8_t* shifts;
};

#if AOT_MVE
// Sums of four places, by the weights from `weights` on.
static inline int32x4_t sums_3x3_mve(int8x16_t a, int8x16_t b, int8x16_t c, int8x16_t d,
                                     const int8_t* weights) {
  const int8x16_t window = vldrbq_s8(weights);
  return lanes_mve(vmladavq_s8(a, window), vmladavq_s8(b, window), vmladavq_s8(c, window),
                   vmladavq_s8(d, window));
}
#endif

// All outputs of `count` places, four at most. seen: 4 x 4 inputs of each of four places, of which the largest of 2 x 2
// windows counts: these begin 0, 1, 4 and 5 bytes later, and so do the weights.
AOT_NOT_INLINED static void pooled_3x3_mve(const struct pooled_mve* layer, int32_t count,
                                           const int8_t* seen, int8_t* out) {
  const int32_t outputs = layer->outputs;
  const int8_t* weights = layer->weights;
#if AOT_MVE
  const int8x16_t a = vldrbq_s8(seen);
  const int8x16_t b = vldrbq_s8(seen + 16);
  const int8x16_t c = vldrbq_s8(seen + 32);
  const int8x16_t d = vldrbq_s8(seen + 48);
  const uint32x4_t to = vmulq_n_u32(vidupq_n_u32(0, 1), (uint32_t)outputs);
  const mve_pred16_t there = vctp32q((uint32_t)count);
  for (int32_t o = 0; o < outputs; ++o) {
    int32x4_t most = sums_3x3_mve(a, b, c, d, weights);
    most = vmaxq_s32(most, sums_3x3_mve(a, b, c, d, weights - 1));
    most = vmaxq_s32(most, sums_3x3_mve(a, b, c, d, weights - 4));
    most = vmaxq_s32(most, sums_3x3_mve(a, b, c, d, weights - 5));
    most = vaddq_n_s32(most, layer->bias[o]);
    most = vqrdmulhq_n_s32(most, layer->multipliers[o]);
    // See store_four_mve.
    most = vqdmlahq_n_s32(most, most, 1);
    most = vrshlq_n_s32(most, layer->shifts[o]);
    most = vaddq_n_s32(most, layer->zero_point);
    most = vmaxq_s32(most, vdupq_n_s32(-128));
    most = vminq_s32(most, vdupq_n_s32(127));
    vstrbq_scatter_offset_p_s32(out + o, to, most, there);
    weights += 16;
  }
#else
  const struct requantization to = {layer->zero_point, -128, 127};
  for (int32_t o = 0; o < outputs; ++o) {
    for (int32_t p = 0; p < count; ++p) {
      int32_t most = INT32_MIN;
      for (int32_t place = 0; place < 4; ++place) {
        const int8_t* const window = weights - place % 2 - place / 2 * 4;
        int32_t sum = 0;
        for (int32_t i = 0; i < 16; ++i) sum += seen[16 * p + i] * window[i];
        if (sum > most) most = sum;
      }
      out[p * outputs + o] =
          output_mve(most + layer->bias[o], layer->multipliers[o], layer->shifts[o], &to);
    }
    weights += 16;
  }
#endif
}

// A convolution of one channel by 3 x 3, and the largest of 2 x 2 places. For the arguments see struct pooled_mve.
static inline void conv_3x3_max_2x2_mve(const struct conv_2d_max* shape, int32_t zero_point,
                                        int32_t output_zero_point, const int8_t* in,
                                        const int8_t* weights, const int32_t* bias,
                                        const int32_t* multipliers, const int8_t* shifts,
                                        int8_t* out) {
  const struct pooled_mve layer = {shape->out_c, output_zero_point, weights + 5,
                                   bias,         multipliers,       shifts};
  const int32_t places = shape->out_h * shape->out_w;
  for (int32_t b = 0; b < shape->batches; ++b) {
    int8_t seen[64] = {0};
    int32_t waiting = 0;
    for (int32_t place = 0; place < places; ++place) {
      const int32_t top = place / shape->out_w * shape->step_h - shape->pad_h;
      const int32_t left = place % shape->out_w * shape->step_w - shape->pad_w;
      int8_t* const to = seen + 16 * waiting;
      const int8_t* const from = seen_int8(shape, zero_point, in, top, left, to);
      if (from != to) {
        for (int32_t i = 0; i < 4; ++i) memcpy(to + 4 * i, from + i * shape->in_w, 4);
      }
      ++waiting;
      if (waiting == 4 || place + 1 == places) {
        pooled_3x3_mve(&layer, waiting, seen, out);
        out += waiting * shape->out_c;
        waiting = 0;
      }
    }
    in += shape->in_h * shape->in_w;
  }
}

#endif  // AOT_RUNTIME_CONV_3X3_MAX_2X2_MVE_H_
