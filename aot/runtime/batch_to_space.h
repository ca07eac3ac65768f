// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_BATCH_TO_SPACE_H_
#define AOT_RUNTIME_BATCH_TO_SPACE_H_

#include <stdint.h>
#include <string.h>

#include "aot/runtime/space_and_batch.h"

static inline void batch_to_space(const struct space_and_batch* shape, const void* in, void* out) {
  const int32_t pieces = shape->batches * shape->block_h * shape->block_w;
  const unsigned char* from = (const unsigned char*)in;
  for (int32_t piece = 0; piece < pieces; ++piece) {
    for (int32_t row = 0; row < shape->piece_height; ++row) {
      for (int32_t column = 0; column < shape->piece_width; ++column) {
        const int32_t place = place_in_space(shape, piece, row, column);
        if (place >= 0) memcpy((unsigned char*)out + place, from, (size_t)shape->run);
        from += shape->run;
      }
    }
  }
}

#endif  // AOT_RUNTIME_BATCH_TO_SPACE_H_
