// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_SPACE_TO_BATCH_H_
#define AOT_RUNTIME_SPACE_TO_BATCH_H_

#include <stdint.h>
#include <string.h>

#include "aot/runtime/space_and_batch.h"

// What is outside of the image is 0, whatever the zero point is. TFLM takes it from memory that it
// has not set, which is 0 at first.
static inline void space_to_batch(const struct space_and_batch* shape, const void* in, void* out) {
  const int32_t pieces = shape->batches * shape->block_h * shape->block_w;
  unsigned char* to = (unsigned char*)out;
  for (int32_t piece = 0; piece < pieces; ++piece) {
    for (int32_t row = 0; row < shape->piece_height; ++row) {
      for (int32_t column = 0; column < shape->piece_width; ++column) {
        const int32_t place = place_in_space(shape, piece, row, column);
        if (place < 0) {
          memset(to, 0, (size_t)shape->run);
        } else {
          memcpy(to, (const unsigned char*)in + place, (size_t)shape->run);
        }
        to += shape->run;
      }
    }
  }
}

#endif  // AOT_RUNTIME_SPACE_TO_BATCH_H_
