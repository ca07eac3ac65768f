// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_FULLY_CONNECTED_ROWS_MVE_H_
#define AOT_RUNTIME_FULLY_CONNECTED_ROWS_MVE_H_

#include <stddef.h>
#include <stdint.h>

#include "aot/runtime/dense_mve.h"
#include "aot/runtime/dense_pair_mve.h"
#include "aot/runtime/requantization.h"

// Several rows of inputs. For the arguments see struct dense_mve.
static inline void fully_connected_rows_mve(int32_t rows, int32_t inputs, int32_t outputs,
                                            const struct requantization* to, const int8_t* in,
                                            const int8_t* weights, const int32_t* bias,
                                            const int32_t* factors, int32_t next_factors,
                                            int8_t* out) {
  struct dense_mve layer = {NULL,           NULL,       NULL,       NULL,    inputs,
                            outputs,        weights,    bias,       factors, next_factors,
                            to->zero_point, to->lowest, to->highest};
  for (int32_t row = 0; row < rows; row += 2) {
    // The last one may have no other one: it is computed twice.
    const int32_t next = row + 1 < rows ? 1 : 0;
    layer.a = in;
    layer.b = in + next * inputs;
    layer.out_a = out;
    layer.out_b = out + next * outputs;
    dense_pair_mve(&layer);
    in += 2 * inputs;
    out += 2 * outputs;
  }
}

#endif  // AOT_RUNTIME_FULLY_CONNECTED_ROWS_MVE_H_
