// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_FOUR_SUMS_INT8_H_
#define AOT_RUNTIME_FOUR_SUMS_INT8_H_

#include <stdint.h>

#include "aot/runtime/scalar.h"

// Products of one row of inputs with the weights of up to four outputs, added to their biases. The
// weights of four are interleaved, those of fewer come one after the other. The input's zero point
// is in the bias. Sums wrap.
static inline void four_sums_int8(int32_t inputs, int32_t outputs, const int8_t* x,
                                  const int8_t* weights, const int32_t* bias, int32_t* sums) {
  if (outputs == 4) {
    uint32_t sum0 = (uint32_t)bias[0];
    uint32_t sum1 = (uint32_t)bias[1];
    uint32_t sum2 = (uint32_t)bias[2];
    uint32_t sum3 = (uint32_t)bias[3];
    for (int32_t i = 0; i < inputs; ++i) {
      const int32_t value = x[i];
      sum0 += (uint32_t)(value * weights[0]);
      sum1 += (uint32_t)(value * weights[1]);
      sum2 += (uint32_t)(value * weights[2]);
      sum3 += (uint32_t)(value * weights[3]);
      weights += 4;
    }
    AOT_SCALAR(sum0);
    sums[0] = (int32_t)sum0;
    sums[1] = (int32_t)sum1;
    sums[2] = (int32_t)sum2;
    sums[3] = (int32_t)sum3;
    return;
  }
  for (int32_t o = 0; o < outputs; ++o) {
    uint32_t sum = (uint32_t)bias[o];
    for (int32_t i = 0; i < inputs; ++i) sum += (uint32_t)(x[i] * *weights++);
    sums[o] = (int32_t)sum;
  }
}

#endif  // AOT_RUNTIME_FOUR_SUMS_INT8_H_
