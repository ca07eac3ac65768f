// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_CONV_2D_X86_H_
#define AOT_RUNTIME_CONV_2D_X86_H_

#include <stdint.h>

#include "aot/runtime/dense_x86.h"
#include "aot/runtime/not_inlined.h"
#include "aot/runtime/plane_x86.h"
#include "aot/runtime/windows_x86.h"
#include "aot/runtime/x86.h"

// Where the windows of a convolution lie.
struct conv_2d_x86 {
  int32_t batches;
  int32_t out_h, out_w;
  // In the plane, from a row of windows to the next one, and from a window to the next one.
  int32_t next_row, next_column;
  struct plane_x86 plane;
};

// A convolution without groups. plane: memory for the image with its borders, and three bytes.
AOT_NOT_INLINED static void conv_2d_x86(const struct conv_2d_x86* shape,
                                        const struct dense_x86* layer, int32_t zero_point,
                                        const int8_t* in, const int8_t* weights,
                                        const int32_t* numbers, int8_t* plane, int8_t* out) {
  const int32_t level = x86_level();
  const int32_t count = shape->out_h * shape->out_w;
  for (int32_t b = 0; b < shape->batches; ++b) {
    copy_plane_x86(level, &shape->plane, zero_point, in, plane);
    const int8_t* row = plane;
    int32_t column = 0;
    for (int32_t i = 0; i < count; i += 8) {
      const int8_t* x[8];
      int32_t tile = 0;
      for (; tile < 8 && i + tile < count; ++tile) {
        x[tile] = row + column * shape->next_column;
        if (++column == shape->out_w) {
          column = 0;
          row += shape->next_row;
        }
      }
      for (int32_t k = tile; k < 8; ++k) x[k] = x[tile - 1];
      windows_x86(level, layer, tile, x, weights, numbers, out);
      out += tile * layer->outputs;
    }
    in += shape->plane.image;
  }
}

#endif  // AOT_RUNTIME_CONV_2D_X86_H_
