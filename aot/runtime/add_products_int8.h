// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_ADD_PRODUCTS_INT8_H_
#define AOT_RUNTIME_ADD_PRODUCTS_INT8_H_

#include <stdint.h>

#include "aot/runtime/dense_int8.h"

// Adds the products of `count` inputs of a dense layer, from the input `first` on, to the sums of all outputs.
// x: these inputs. inputs: how many the layer has. For the weights see struct dense_int8.
AOT_NOT_INLINED static void add_products_int8(int32_t inputs, int32_t outputs, int32_t first,
                                              int32_t count, const int8_t* x, const int8_t* weights,
                                              int32_t* sums) {
  const int8_t* const end = x + count;
  for (; outputs >= 4; outputs -= 4) {
    int32_t sum0 = sums[0];
    int32_t sum1 = sums[1];
    int32_t sum2 = sums[2];
    int32_t sum3 = sums[3];
    const int8_t* w = weights + 4 * first;
    const int8_t* in = x;
    do {
      const int32_t value = *in++;
      sum0 += value * *w++;
      sum1 += value * *w++;
      sum2 += value * *w++;
      sum3 += value * *w++;
    } while (in != end);
    *sums++ = sum0;
    *sums++ = sum1;
    *sums++ = sum2;
    *sums++ = sum3;
    weights += 4 * inputs;
  }
  for (; outputs > 0; --outputs) {
    const int8_t* w = weights + first;
    const int8_t* in = x;
    do {
      *sums += *in++ * *w++;
    } while (in != end);
    ++sums;
    weights += inputs;
  }
}

#endif  // AOT_RUNTIME_ADD_PRODUCTS_INT8_H_
