// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_ADD_PRODUCTS_DSP_H_
#define AOT_RUNTIME_ADD_PRODUCTS_DSP_H_

#include <stdint.h>

#include "aot/runtime/dense_int8.h"
#include "aot/runtime/four_sums_dsp.h"

// As add_products_int8, for inputs and outputs in fours, which are counted here. sums: as four_sums_dsp has them.
AOT_NOT_INLINED static void add_products_dsp(int32_t inputs, int32_t outputs, int32_t first,
                                             int32_t count, const int8_t* x,
                                             const uint32_t* weights, uint32_t* sums) {
  weights += 4 * first;
  for (; outputs > 0; --outputs) {
    four_sums_dsp(count, x, weights, sums);
    weights += 4 * inputs;
    sums += 4;
  }
}

#endif  // AOT_RUNTIME_ADD_PRODUCTS_DSP_H_
