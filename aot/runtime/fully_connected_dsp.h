// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_FULLY_CONNECTED_DSP_H_
#define AOT_RUNTIME_FULLY_CONNECTED_DSP_H_

#include <stdint.h>
#include <string.h>

#include "aot/runtime/dense_int8.h"
#include "aot/runtime/even_bytes.h"
#include "aot/runtime/four_sums_dsp.h"
#include "aot/runtime/load_bytes.h"
#include "aot/runtime/multiply_add_pairs.h"
#include "aot/runtime/odd_bytes.h"
#include "aot/runtime/scale_dsp.h"

// One row of inputs. The other arguments are those of struct dense_dsp.
AOT_NOT_INLINED static void fully_connected_dsp(int32_t inputs, int32_t outputs, int32_t rounding,
                                                const int8_t* in, const uint32_t* weights,
                                                const int32_t* bias, const int32_t* multipliers,
                                                const int8_t* shifts, int32_t next_factors,
                                                int8_t* out) {
  const int32_t fours = inputs / 4;
  // The last inputs, and zeros after them.
  int8_t last[4];
  const uint32_t word = inputs % 4 != 0 ? load_bytes(in + 4 * fours, inputs % 4) : 0;
  memcpy(last, &word, sizeof(last));
  for (; outputs >= 4; outputs -= 4) {
    uint32_t sums[4];
    sums[0] = (uint32_t)bias[0];
    sums[1] = sums[0] + ((uint32_t)bias[1] << 8);
    sums[2] = (uint32_t)bias[2];
    sums[3] = sums[2] + ((uint32_t)bias[3] << 8);
    if (fours != 0) four_sums_dsp(fours, in, weights, sums);
    weights += 4 * fours;
    if (inputs % 4 != 0) {
      four_sums_dsp(1, last, weights, sums);
      weights += 4;
    }
    const int32_t sum1 = (int32_t)(sums[1] - sums[0]) >> 7;
    const int32_t sum3 = (int32_t)(sums[3] - sums[2]) >> 7;
    out[0] = scale_dsp((int32_t)(sums[0] * 2), multipliers[0], shifts[0], rounding);
    out[1] = scale_dsp(sum1, multipliers[1], shifts[1], rounding);
    out[2] = scale_dsp((int32_t)(sums[2] * 2), multipliers[2], shifts[2], rounding);
    out[3] = scale_dsp(sum3, multipliers[3], shifts[3], rounding);
    bias += 4;
    out += 4;
    multipliers += next_factors;
    shifts += next_factors;
  }
  for (; outputs > 0; outputs -= 2) {
    uint32_t first = (uint32_t)bias[0];
    uint32_t second = first + (outputs > 1 ? (uint32_t)bias[1] << 8 : 0);
    for (int32_t i = 0; i < inputs; i += 4) {
      const uint32_t four = load_bytes(in + i, inputs - i);
      second = multiply_add_pairs(even_bytes(four), weights[0], second);
      second = multiply_add_pairs(odd_bytes(four), weights[1], second);
      first = multiply_add_pairs(even_bytes(four), even_bytes(weights[0]), first);
      first = multiply_add_pairs(odd_bytes(four), even_bytes(weights[1]), first);
      weights += 2;
    }
    *out++ = scale_dsp((int32_t)(first * 2), multipliers[0], shifts[0], rounding);
    if (outputs > 1) {
      const int32_t sum = (int32_t)(second - first) >> 7;
      *out++ = scale_dsp(sum, multipliers[1], shifts[1], rounding);
    }
    bias += 2;
    multipliers += 2;
    shifts += 2;
  }
}

#endif  // AOT_RUNTIME_FULLY_CONNECTED_DSP_H_
