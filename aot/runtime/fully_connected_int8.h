// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_FULLY_CONNECTED_INT8_H_
#define AOT_RUNTIME_FULLY_CONNECTED_INT8_H_

#include <stdint.h>

#include "aot/runtime/dense_row_int8.h"

// One row of inputs. The other arguments are those of struct dense_int8.
static inline void fully_connected_int8(int32_t inputs, int32_t outputs, int32_t rounding,
                                        const int8_t* in, const int8_t* weights,
                                        const int32_t* bias, const int32_t* multipliers,
                                        const int8_t* shifts, int32_t next_factors, int8_t* out) {
  const struct dense_int8 layer = {outputs,     rounding, weights,     bias,
                                   multipliers, shifts,   next_factors};
  const struct window_int8 window = {1, inputs, 0};
  dense_row_int8(&layer, &window, in, 0, weights, out);
}

#endif  // AOT_RUNTIME_FULLY_CONNECTED_INT8_H_
