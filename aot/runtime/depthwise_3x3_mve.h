// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_DEPTHWISE_3X3_MVE_H_
#define AOT_RUNTIME_DEPTHWISE_3X3_MVE_H_

#include <stdbool.h>
#include <stdint.h>

#include "aot/runtime/depthwise_3x3.h"
#include "aot/runtime/depthwise_fours_mve.h"
#include "aot/runtime/depthwise_strip_mve.h"
#include "aot/runtime/depthwise_tiles_mve.h"
#include "aot/runtime/fill_bytes_mve.h"

// stride: 1, with two outputs at least in each direction, or 2. records: see struct depthwise_block. strip: memory for 16
// bytes and all columns that a piece sees, with stride 2 one column more.
static inline void depthwise_3x3_mve(const struct depthwise_3x3* shape, int32_t stride,
                                     int32_t zero_point, int32_t output_zero_point,
                                     const int8_t* in, const int32_t* records, int8_t* strip,
                                     int8_t* out) {
  const int32_t along = shape->next_out_along;
  const int32_t across = shape->next_out_across;
  const int32_t rows = 3 - stride;
  int8_t* const columns = strip + 16;
  struct depthwise_block block = {
      .next_out = stride == 1 ? 2 * along : 4 * along,
      .zero_point = output_zero_point,
      .places = {-2 * kDepthwiseColumn, -kDepthwiseColumn, 0, kDepthwiseColumn},
      .to = {0, along, stride == 1 ? across : 2 * along, stride == 1 ? along + across : 3 * along}};
  fill_bytes_mve(16, zero_point, strip);
  for (int32_t b = 0; b < shape->batches; ++b) {
    for (int32_t x = 0; x < shape->out_along; x += shape->piece) {
      int32_t count = shape->out_along - x;
      if (count > shape->piece) count = shape->piece;
      // Two outputs at least: the first one of both is in the piece before.
      const int32_t start = stride == 1 && count == 1 ? x - 1 : x;
      if (stride == 1 && count == 1) count = 2;
      block.whole = stride == 1 ? count / 2 : count / 4;
      block.left = stride == 1 ? count % 2 : count % 4;
      const int32_t first = start * stride - shape->pad_along;
      const int32_t seen = (count - 1) * stride + 3;
      const int32_t before = first < 0 ? -first : 0;
      const int32_t after = first + seen > shape->in_along ? first + seen - shape->in_along : 0;
      // Outside of the image it stays as it is now.
      if (before > 0) fill_bytes_mve(before * kDepthwiseColumn, zero_point, columns);
      if (after > 0) {
        fill_bytes_mve(after * kDepthwiseColumn, zero_point,
                       columns + (seen - after) * kDepthwiseColumn);
      }
      struct depthwise_strip copied = {.to = columns + before * kDepthwiseColumn,
                                       .columns = seen - before - after};
      for (int32_t c = 0; c < shape->channels; c += kDepthwiseChannels) {
        const int8_t* const image = in + (first + before) * shape->next_in_along + c;
        copied.channels = shape->channels - c;
        if (copied.channels > kDepthwiseChannels) copied.channels = kDepthwiseChannels;
        for (int32_t y = 0; y < shape->out_across; y += rows) {
          // The last two rows may be partly those before them.
          if (y > shape->out_across - rows) y = shape->out_across - rows;
          const int32_t top = y * stride - shape->pad_across;
          for (int32_t i = 0; i < 4; ++i) {
            const int32_t row = top + i;
            const bool visible = row >= 0 && row < shape->in_across;
            copied.from[i] = visible ? image + row * shape->next_in_across : strip;
            copied.steps[i] = visible ? shape->next_in_along : 0;
          }
          if (copied.columns > 0) depthwise_strip_mve(&copied);
          block.columns = columns;
          block.out = out + start * along + y * across + c;
          block.records = records + 6 * c;
          block.channels = copied.channels;
          if (stride == 1) {
            depthwise_tiles_mve(&block);
          } else {
            depthwise_fours_mve(&block);
          }
        }
      }
    }
    in += shape->in_along * shape->in_across * shape->channels;
    out += shape->out_along * shape->out_across * shape->channels;
  }
}

#endif  // AOT_RUNTIME_DEPTHWISE_3X3_MVE_H_
