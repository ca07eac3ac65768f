// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_DENSE_PAIR_INT8_H_
#define AOT_RUNTIME_DENSE_PAIR_INT8_H_

#include <stdint.h>

#include "aot/runtime/dense_int8.h"
#include "aot/runtime/dense_row_int8.h"
#include "aot/runtime/scale_int8.h"

// All outputs of two windows: x is the first input of the first one, the second one's is `next` after it. out_next: from
// an output of the first one to that of the second one.
AOT_NOT_INLINED static void dense_pair_int8(const struct dense_int8* layer,
                                            const struct window_int8* window, const int8_t* x,
                                            int32_t next, int8_t* out, int32_t out_next) {
  const int8_t* weights = layer->weights;
  const int32_t* multipliers = layer->multipliers;
  const int8_t* shifts = layer->shifts;
  const int32_t rounding = layer->rounding;
  int32_t o = 0;
  for (; o + 4 <= layer->outputs; o += 4) {
    const int32_t* const bias = layer->bias + o;
    int32_t a0 = bias[0];
    int32_t a1 = bias[1];
    int32_t a2 = bias[2];
    int32_t a3 = bias[3];
    int32_t b0 = a0;
    int32_t b1 = a1;
    int32_t b2 = a2;
    int32_t b3 = a3;
    const int8_t* in = x;
    int32_t r = window->runs;
    do {
      const int8_t* other = in + next;
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
    int8_t* const first = out + o;
    int8_t* const second = first + out_next;
    int32_t multiplier = multipliers[0];
    int32_t shift = shifts[0];
    first[0] = scale_int8(a0, multiplier, shift, rounding);
    second[0] = scale_int8(b0, multiplier, shift, rounding);
    multiplier = multipliers[1];
    shift = shifts[1];
    first[1] = scale_int8(a1, multiplier, shift, rounding);
    second[1] = scale_int8(b1, multiplier, shift, rounding);
    multiplier = multipliers[2];
    shift = shifts[2];
    first[2] = scale_int8(a2, multiplier, shift, rounding);
    second[2] = scale_int8(b2, multiplier, shift, rounding);
    multiplier = multipliers[3];
    shift = shifts[3];
    first[3] = scale_int8(a3, multiplier, shift, rounding);
    second[3] = scale_int8(b3, multiplier, shift, rounding);
    multipliers += layer->next_factors;
    shifts += layer->next_factors;
  }
  if (o < layer->outputs) {
    dense_row_int8(layer, window, x, o, weights, out);
    dense_row_int8(layer, window, x + next, o, weights, out + out_next);
  }
}

#endif  // AOT_RUNTIME_DENSE_PAIR_INT8_H_
