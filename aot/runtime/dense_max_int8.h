// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_DENSE_MAX_INT8_H_
#define AOT_RUNTIME_DENSE_MAX_INT8_H_

#include <stdint.h>

#include "aot/runtime/conv_2d_max.h"
#include "aot/runtime/dense_int8.h"
#include "aot/runtime/scale_int8.h"

// All outputs of several windows: of each output the largest. x: the first input of the first window. Scaling keeps the
// order of sums, so that the largest sum becomes the largest output.
AOT_NOT_INLINED static void dense_max_int8(const struct dense_int8* layer,
                                           const struct window_int8* window,
                                           const struct window_pairs* places, const int8_t* x,
                                           int8_t* out) {
  const int8_t* weights = layer->weights;
  const int32_t* multipliers = layer->multipliers;
  const int8_t* shifts = layer->shifts;
  const int32_t rounding = layer->rounding;
  int32_t left = layer->outputs;
  const int32_t* bias = layer->bias;
  for (; left >= 4; left -= 4) {
    int32_t most0 = INT32_MIN;
    int32_t most1 = INT32_MIN;
    int32_t most2 = INT32_MIN;
    int32_t most3 = INT32_MIN;
    const int8_t* const first_weight = weights;
    const int8_t* line = x;
    int32_t l = places->lines;
    do {
      const int8_t* pair = line;
      int32_t p = places->pairs;
      do {
        int32_t a0 = bias[0];
        int32_t a1 = bias[1];
        int32_t a2 = bias[2];
        int32_t a3 = bias[3];
        int32_t b0 = a0;
        int32_t b1 = a1;
        int32_t b2 = a2;
        int32_t b3 = a3;
        const int8_t* in = pair;
        int32_t r = window->runs;
        weights = first_weight;
        do {
          const int8_t* other = in + places->next;
          const int8_t* const end = in + window->run;
          do {
            const int32_t a = *in++;
            const int32_t b = *other++;
            int32_t weight = *weights++;
            a0 += a * weight;
            b0 += b * weight;
            weight = *weights++;
            a1 += a * weight;
            b1 += b * weight;
            weight = *weights++;
            a2 += a * weight;
            b2 += b * weight;
            weight = *weights++;
            a3 += a * weight;
            b3 += b * weight;
          } while (in != end);
          in += window->pitch;
        } while (--r != 0);
        a0 = a0 > b0 ? a0 : b0;
        a1 = a1 > b1 ? a1 : b1;
        a2 = a2 > b2 ? a2 : b2;
        a3 = a3 > b3 ? a3 : b3;
        most0 = most0 > a0 ? most0 : a0;
        most1 = most1 > a1 ? most1 : a1;
        most2 = most2 > a2 ? most2 : a2;
        most3 = most3 > a3 ? most3 : a3;
        pair += places->next_pair;
      } while (--p != 0);
      line += places->next_line;
    } while (--l != 0);
    out[0] = scale_int8(most0, multipliers[0], shifts[0], rounding);
    out[1] = scale_int8(most1, multipliers[1], shifts[1], rounding);
    out[2] = scale_int8(most2, multipliers[2], shifts[2], rounding);
    out[3] = scale_int8(most3, multipliers[3], shifts[3], rounding);
    out += 4;
    bias += 4;
    multipliers += layer->next_factors;
    shifts += layer->next_factors;
  }
  for (; left != 0; --left) {
    int32_t most = INT32_MIN;
    const int8_t* const first_weight = weights;
    const int8_t* line = x;
    int32_t l = places->lines;
    do {
      const int8_t* pair = line;
      int32_t p = places->pairs;
      do {
        int32_t a = *bias;
        int32_t b = a;
        const int8_t* in = pair;
        int32_t r = window->runs;
        weights = first_weight;
        do {
          const int8_t* other = in + places->next;
          const int8_t* const end = in + window->run;
          do {
            const int32_t weight = *weights++;
            a += *in++ * weight;
            b += *other++ * weight;
          } while (in != end);
          in += window->pitch;
        } while (--r != 0);
        a = a > b ? a : b;
        most = most > a ? most : a;
        pair += places->next_pair;
      } while (--p != 0);
      line += places->next_line;
    } while (--l != 0);
    *out++ = scale_int8(most, *multipliers++, *shifts++, rounding);
    ++bias;
  }
}

#endif  // AOT_RUNTIME_DENSE_MAX_INT8_H_
