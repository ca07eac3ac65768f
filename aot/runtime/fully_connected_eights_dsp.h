// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_FULLY_CONNECTED_EIGHTS_DSP_H_
#define AOT_RUNTIME_FULLY_CONNECTED_EIGHTS_DSP_H_

#include <stdint.h>

#include "aot/runtime/dense_int8.h"
#include "aot/runtime/eight_outputs_dsp.h"

// One row of fours of inputs, eights of outputs. words: see struct eight_outputs_dsp.
AOT_NOT_INLINED static void fully_connected_eights_dsp(int32_t inputs, int32_t outputs,
                                                       int32_t rounding, const int8_t* in,
                                                       const uint32_t* words, int8_t* out) {
  const struct eight_outputs_dsp layer = {
      in + inputs, rounding, out, words + (18 + 2 * inputs) * (outputs / 8), in, words};
  eight_outputs_dsp(&layer);
}

#endif  // AOT_RUNTIME_FULLY_CONNECTED_EIGHTS_DSP_H_
