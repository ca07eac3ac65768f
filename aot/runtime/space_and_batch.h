// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_SPACE_AND_BATCH_H_
#define AOT_RUNTIME_SPACE_AND_BATCH_H_

#include <stdint.h>

// An image whose blocks are distributed among smaller images: the first elements of all blocks make
// the first one.
struct space_and_batch {
  int32_t batches, height, width;
  int32_t piece_height, piece_width;
  int32_t block_h, block_w;
  // The first block begins so much before the image.
  int32_t top, left;
  // Bytes of one place.
  int32_t run;
};

// Where in the image an element of a piece belongs, in bytes; -1 if that is outside of it.
static inline int32_t place_in_space(const struct space_and_batch* shape, int32_t piece,
                                     int32_t row, int32_t column) {
  const int32_t shift = piece / shape->batches;
  const int32_t y = row * shape->block_h + shift / shape->block_w - shape->top;
  const int32_t x = column * shape->block_w + shift % shape->block_w - shape->left;
  if (y < 0 || y >= shape->height || x < 0 || x >= shape->width) return -1;
  const int32_t batch = piece % shape->batches;
  return ((batch * shape->height + y) * shape->width + x) * shape->run;
}

#endif  // AOT_RUNTIME_SPACE_AND_BATCH_H_
