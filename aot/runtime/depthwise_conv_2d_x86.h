// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_DEPTHWISE_CONV_2D_X86_H_
#define AOT_RUNTIME_DEPTHWISE_CONV_2D_X86_H_

#include <stddef.h>
#include <stdint.h>

#include "aot/runtime/dense_x86.h"
#include "aot/runtime/depthwise_row_x86.h"
#include "aot/runtime/fill_x86.h"
#include "aot/runtime/interleave_x86.h"
#include "aot/runtime/not_inlined.h"
#include "aot/runtime/x86.h"

// Where the windows of a depthwise convolution lie. line: bytes of a row of the image.
struct depthwise_conv_2d_x86 {
  int32_t batches;
  int32_t in_h, line;
  int32_t out_h;
  int32_t filter_h, stride_h, dilation_h, pad_h;
  // Of what the windows of a row see: bytes to the left of the image, inside of it, and to the right.
  int32_t left, seen, right;
  struct depthwise_row_x86 row;
};

// One output for each channel. lanes: memory for what the windows of a row see, four bytes for each byte of it and for
// each four rows of a window, and 256 bytes.
AOT_NOT_INLINED static void depthwise_conv_2d_x86(const struct depthwise_conv_2d_x86* shape,
                                                  const struct dense_x86* layer, int32_t zero_point,
                                                  const int8_t* in, const int8_t* weights,
                                                  const int32_t* numbers, int8_t* lanes,
                                                  int8_t* out) {
  const int32_t level = x86_level();
  for (int32_t b = 0; b < shape->batches; ++b) {
    for (int32_t y = 0; y < shape->out_h; ++y) {
      int8_t* to = lanes;
      for (int32_t i = 0; i < shape->filter_h; i += 4) {
        const int8_t* rows[4];
        for (int32_t r = 0; r < 4; ++r) {
          const int32_t at = y * shape->stride_h - shape->pad_h + (i + r) * shape->dilation_h;
          const int32_t inside = i + r < shape->filter_h && at >= 0 && at < shape->in_h;
          rows[r] = inside != 0 ? in + at * shape->line : NULL;
        }
        fill_x86(level, 4 * shape->left, zero_point, to);
        to += 4 * shape->left;
        interleave_x86(level, shape->seen, zero_point, rows, to);
        to += 4 * shape->seen;
        fill_x86(level, 4 * shape->right, zero_point, to);
        to += 4 * shape->right;
      }
      depthwise_row_x86(level, &shape->row, layer, lanes, weights, numbers, out);
      out += shape->row.size;
    }
    in += shape->in_h * shape->line;
  }
}

#endif  // AOT_RUNTIME_DEPTHWISE_CONV_2D_X86_H_
