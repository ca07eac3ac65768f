// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_DENSE_ROW_INT8_H_
#define AOT_RUNTIME_DENSE_ROW_INT8_H_

#include <stdint.h>

#include "aot/runtime/dense_int8.h"
#include "aot/runtime/scale_int8.h"

// The outputs of one window from `o` on, a multiple of four. x: the window's first input. weights: those of output o.
AOT_NOT_INLINED static void dense_row_int8(const struct dense_int8* layer,
                                           const struct window_int8* window, const int8_t* x,
                                           int32_t o, const int8_t* weights, int8_t* out) {
  const int32_t* multipliers = layer->multipliers + o / 4 * layer->next_factors;
  const int8_t* shifts = layer->shifts + o / 4 * layer->next_factors;
  for (; o < layer->outputs; o += 4) {
    const int32_t* const bias = layer->bias + o;
    const int32_t left = layer->outputs - o;
    int32_t sums[4];
    if (left >= 4) {
      int32_t sum0 = bias[0];
      int32_t sum1 = bias[1];
      int32_t sum2 = bias[2];
      int32_t sum3 = bias[3];
      const int8_t* in = x;
      int32_t r = window->runs;
      do {
        const int8_t* const end = in + window->run;
        for (int32_t n = window->run % 4; n != 0; --n) {
          const int32_t value = *in++;
          sum0 += value * *weights++;
          sum1 += value * *weights++;
          sum2 += value * *weights++;
          sum3 += value * *weights++;
        }
        while (in != end) {
          int32_t value = *in++;
          sum0 += value * *weights++;
          sum1 += value * *weights++;
          sum2 += value * *weights++;
          sum3 += value * *weights++;
          value = *in++;
          sum0 += value * *weights++;
          sum1 += value * *weights++;
          sum2 += value * *weights++;
          sum3 += value * *weights++;
          value = *in++;
          sum0 += value * *weights++;
          sum1 += value * *weights++;
          sum2 += value * *weights++;
          sum3 += value * *weights++;
          value = *in++;
          sum0 += value * *weights++;
          sum1 += value * *weights++;
          sum2 += value * *weights++;
          sum3 += value * *weights++;
        }
        in += window->pitch;
      } while (--r != 0);
      sums[0] = sum0;
      sums[1] = sum1;
      sums[2] = sum2;
      sums[3] = sum3;
    } else {
      for (int32_t t = 0; t < left; ++t) {
        int32_t sum = bias[t];
        const int8_t* in = x;
        int32_t r = window->runs;
        do {
          const int8_t* const end = in + window->run;
          do {
            sum += *in++ * *weights++;
          } while (in != end);
          in += window->pitch;
        } while (--r != 0);
        sums[t] = sum;
      }
    }
    for (int32_t t = 0; t < 4 && t < left; ++t) {
      out[o + t] = scale_int8(sums[t], multipliers[t], shifts[t], layer->rounding);
    }
    multipliers += layer->next_factors;
    shifts += layer->next_factors;
  }
}

#endif  // AOT_RUNTIME_DENSE_ROW_INT8_H_
