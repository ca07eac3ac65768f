// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_CONV_3X3_MAX_2X2_INT8_H_
#define AOT_RUNTIME_CONV_3X3_MAX_2X2_INT8_H_

#include <stdint.h>

#include "aot/runtime/conv_2d_max.h"
#include "aot/runtime/scale_int8.h"

// All outputs of 3 x 3 inputs of one channel at 2 x 2 places: of each output the largest. x: 4 x 4 inputs, from row to
// row `line`. Each input, and each weight, is read once for all places.
AOT_NOT_INLINED static void sums_3x3_max_2x2_int8(int32_t outputs, int32_t rounding,
                                                  const int8_t* weights, const int32_t* bias,
                                                  const int32_t* multipliers, const int8_t* shifts,
                                                  const int8_t* x, int32_t line, int8_t* out) {
  const int8_t* const end = out + outputs;
  do {
    const int8_t* row = x;
    int32_t upper_left = *bias++;
    int32_t upper_right = upper_left;
    int32_t lower_left = upper_left;
    int32_t lower_right = upper_left;
    const int32_t w0 = weights[0];
    const int32_t w1 = weights[1];
    const int32_t w2 = weights[2];
    int32_t value = row[0];
    upper_left += value * w0;
    value = row[1];
    upper_left += value * w1;
    upper_right += value * w0;
    value = row[2];
    upper_left += value * w2;
    upper_right += value * w1;
    value = row[3];
    upper_right += value * w2;
    row += line;
    const int32_t w3 = weights[3];
    const int32_t w4 = weights[4];
    const int32_t w5 = weights[5];
    value = row[0];
    upper_left += value * w3;
    lower_left += value * w0;
    value = row[1];
    upper_left += value * w4;
    upper_right += value * w3;
    lower_left += value * w1;
    lower_right += value * w0;
    value = row[2];
    upper_left += value * w5;
    upper_right += value * w4;
    lower_left += value * w2;
    lower_right += value * w1;
    value = row[3];
    upper_right += value * w5;
    lower_right += value * w2;
    row += line;
    const int32_t w6 = weights[6];
    const int32_t w7 = weights[7];
    const int32_t w8 = weights[8];
    weights += 9;
    value = row[0];
    upper_left += value * w6;
    lower_left += value * w3;
    value = row[1];
    upper_left += value * w7;
    upper_right += value * w6;
    lower_left += value * w4;
    lower_right += value * w3;
    value = row[2];
    upper_left += value * w8;
    upper_right += value * w7;
    lower_left += value * w5;
    lower_right += value * w4;
    value = row[3];
    upper_right += value * w8;
    lower_right += value * w5;
    row += line;
    value = row[0];
    lower_left += value * w6;
    value = row[1];
    lower_left += value * w7;
    lower_right += value * w6;
    value = row[2];
    lower_left += value * w8;
    lower_right += value * w7;
    value = row[3];
    lower_right += value * w8;
    upper_left = upper_left > upper_right ? upper_left : upper_right;
    lower_left = lower_left > lower_right ? lower_left : lower_right;
    upper_left = upper_left > lower_left ? upper_left : lower_left;
    *out++ = scale_int8(upper_left, *multipliers++, *shifts++, rounding);
  } while (out != end);
}

// As conv_2d_max_int8. The weights of an output come after those of the one before.
static inline void conv_3x3_max_2x2_int8(const struct conv_2d_max* shape, int32_t zero_point,
                                         int32_t rounding, const int8_t* in, const int8_t* weights,
                                         const int32_t* bias, const int32_t* multipliers,
                                         const int8_t* shifts, int8_t* patch, int8_t* out) {
  for (int32_t b = 0; b < shape->batches; ++b) {
    for (int32_t y = 0; y < shape->out_h; ++y) {
      const int32_t top = y * shape->step_h - shape->pad_h;
      for (int32_t x = 0; x < shape->out_w; ++x) {
        const int32_t left = x * shape->step_w - shape->pad_w;
        const int8_t* seen = seen_int8(shape, zero_point, in, top, left, patch);
        sums_3x3_max_2x2_int8(shape->out_c, rounding, weights, bias, multipliers, shifts, seen,
                              seen == patch ? shape->seen_w : shape->in_w, out);
        out += shape->out_c;
      }
    }
    in += shape->in_h * shape->in_w;
  }
}

#endif  // AOT_RUNTIME_CONV_3X3_MAX_2X2_INT8_H_
