// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_DENSE_PAIR_DSP_H_
#define AOT_RUNTIME_DENSE_PAIR_DSP_H_

#include <stdint.h>

#include "aot/runtime/dense_dsp.h"
#include "aot/runtime/four_outputs_dsp.h"
#include "aot/runtime/scale_dsp.h"
#include "aot/runtime/two_outputs_dsp.h"

// All outputs of two windows, which may be the same. patch: the words of both by turns.
AOT_NOT_INLINED static void dense_pair_dsp(const struct dense_dsp* layer, const uint32_t* patch,
                                           int8_t* out_a, int8_t* out_b) {
  struct four_outputs_dsp next = {patch,
                                  patch + 4 * layer->fours,
                                  layer->bias,
                                  layer->multipliers,
                                  layer->shifts,
                                  out_a,
                                  out_b,
                                  layer->rounding,
                                  layer->next_factors,
                                  layer->outputs / 4,
                                  layer->weights};
  if (next.blocks != 0) four_outputs_dsp(&next);
  int32_t sums[4];
  for (int32_t left = layer->outputs % 4; left > 0; left -= 2) {
    const uint32_t first = (uint32_t)next.bias[0];
    const uint32_t second = left > 1 ? (uint32_t)next.bias[1] : 0;
    two_outputs_dsp(layer->fours, patch, 2, next.weights, first, second, sums);
    next.weights =
        two_outputs_dsp(layer->fours, patch + 1, 2, next.weights, first, second, sums + 2);
    for (int32_t o = 0; o < 2 && o < left; ++o) {
      const int32_t multiplier = *next.multipliers++;
      const int32_t shift = *next.shifts++;
      *next.out_a++ = scale_dsp(sums[o], multiplier, shift, layer->rounding);
      *next.out_b++ = scale_dsp(sums[o + 2], multiplier, shift, layer->rounding);
    }
    next.bias += 2;
  }
}

#endif  // AOT_RUNTIME_DENSE_PAIR_DSP_H_
