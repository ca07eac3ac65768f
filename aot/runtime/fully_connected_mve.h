// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_FULLY_CONNECTED_MVE_H_
#define AOT_RUNTIME_FULLY_CONNECTED_MVE_H_

#include <stdint.h>

#include "aot/runtime/four_sums_mve.h"
#include "aot/runtime/requantization.h"
#include "aot/runtime/store_four_mve.h"

// One row of inputs. weights: of four outputs by turns, 16 inputs at a time, with zeros after the last inputs and outputs.
// bias: it ends with a multiple of four. For factors see struct dense_mve.
static inline void fully_connected_mve(int32_t inputs, int32_t outputs,
                                       const struct requantization* to, const int8_t* in,
                                       const int8_t* weights, const int32_t* bias,
                                       const int32_t* factors, int32_t next_factors, int8_t* out) {
  const int32_t four = (inputs + 15) / 16 * 64;
  const struct requantization copy = *to;
  for (; outputs > 0; outputs -= 4) {
    int32_t sums[4];
    four_sums_mve(inputs, in, weights, bias, sums);
    store_four_mve(sums, factors, &copy, outputs, out);
    weights += four;
    bias += 4;
    factors += next_factors;
    out += 4;
  }
}

#endif  // AOT_RUNTIME_FULLY_CONNECTED_MVE_H_
