// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_FULLY_CONNECTED_ROWS_DSP_H_
#define AOT_RUNTIME_FULLY_CONNECTED_ROWS_DSP_H_

#include <stdint.h>

#include "aot/runtime/dense_pair_dsp.h"
#include "aot/runtime/expand_pair_dsp.h"

// Several rows of inputs. patch: memory for two of them. The other arguments are those of struct dense_dsp.
AOT_NOT_INLINED static void fully_connected_rows_dsp(int32_t rows, int32_t inputs, int32_t outputs,
                                                     int32_t rounding, const int8_t* in,
                                                     const uint32_t* words, const int32_t* bias,
                                                     const int32_t* multipliers,
                                                     const int8_t* shifts, uint32_t* patch,
                                                     int8_t* out) {
  const struct dense_dsp layer = {outputs,     rounding, (inputs + 3) / 4, words, bias,
                                  multipliers, shifts};
  for (; rows > 0; rows -= 2) {
    // If one row is left, it takes both places.
    const int32_t more = rows > 1;
    // Four bytes may be read up to the end of the rows: a third row has as many, unless it has a single one.
    const int32_t last = rows > 2 && inputs > 1 ? 4 : inputs % 4;
    expand_pair_dsp(inputs, last, in, in + more * inputs, patch);
    dense_pair_dsp(&layer, patch, out, out + more * outputs);
    in += 2 * inputs;
    out += 2 * outputs;
  }
}

#endif  // AOT_RUNTIME_FULLY_CONNECTED_ROWS_DSP_H_
