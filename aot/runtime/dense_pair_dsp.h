// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_DENSE_PAIR_DSP_H_
#define AOT_RUNTIME_DENSE_PAIR_DSP_H_

#include <stdbool.h>
#include <stdint.h>

#include "aot/runtime/dense_dsp.h"
#include "aot/runtime/four_outputs_dsp.h"
#include "aot/runtime/scale_dsp.h"
#include "aot/runtime/two_outputs_dsp.h"

// All outputs of two windows, which may be the same. patch: the words of both by turns.
AOT_NOT_INLINED static void dense_pair_dsp(const struct dense_dsp* layer, const uint32_t* patch,
                                           int8_t* out_a, int8_t* out_b) {
  const int32_t blocks = layer->outputs / 4;
  const uint32_t* words = layer->words + blocks * (4 * layer->fours + 9);
  const struct four_outputs_dsp next = {
      patch + 4 * layer->fours, layer->rounding, out_a, out_b, words, patch, layer->words};
  if (blocks != 0) four_outputs_dsp(&next);
  out_a += 4 * blocks;
  out_b += 4 * blocks;
  for (int32_t done = 0; done < layer->outputs % 4; done += 2) {
    const bool two = layer->outputs % 4 - done > 1;
    const uint32_t first = (uint32_t)layer->bias[done];
    const uint32_t second = two ? (uint32_t)layer->bias[done + 1] : 0;
    int32_t sums[4];
    two_outputs_dsp(layer->fours, patch, 2, words, first, second, sums);
    words = two_outputs_dsp(layer->fours, patch + 1, 2, words, first, second, sums + 2);
    for (int32_t o = 0; o <= (int32_t)two; ++o) {
      const int32_t multiplier = layer->multipliers[done + o];
      const int32_t shift = layer->shifts[done + o];
      *out_a++ = scale_dsp(sums[o], multiplier, shift, layer->rounding);
      *out_b++ = scale_dsp(sums[o + 2], multiplier, shift, layer->rounding);
    }
  }
}

#endif  // AOT_RUNTIME_DENSE_PAIR_DSP_H_
