// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_PLANE_X86_H_
#define AOT_RUNTIME_PLANE_X86_H_

#include <stdint.h>

#include "aot/runtime/copy_x86.h"
#include "aot/runtime/fill_x86.h"

// An image with borders, as far as windows see it.
struct plane_x86 {
  // How many rows there are, and those of them that are above the image.
  int32_t rows, top;
  // How many rows of the image windows see.
  int32_t seen_rows;
  // Bytes of a row; those of them that are to the left of the image, and inside of it.
  int32_t line, left, seen;
  // Bytes of a row of the image, and of all of it.
  int32_t image_line, image;
};

// Copies what windows see of an image, and three bytes more, for what reads fours.
static inline void copy_plane_x86(int32_t level, const struct plane_x86* shape, int32_t zero_point,
                                  const int8_t* image, int8_t* plane) {
  const int32_t line = shape->line;
  fill_x86(level, shape->top * line, zero_point, plane);
  plane += shape->top * line;
  if (shape->seen == line && line == shape->image_line) {
    copy_x86(level, shape->seen_rows * line, image, plane);
    plane += shape->seen_rows * line;
  } else {
    const int32_t right = line - shape->left - shape->seen;
    for (int32_t y = 0; y < shape->seen_rows; ++y) {
      fill_x86(level, shape->left, zero_point, plane);
      copy_x86(level, shape->seen, image, plane + shape->left);
      fill_x86(level, right, zero_point, plane + line - right);
      image += shape->image_line;
      plane += line;
    }
  }
  fill_x86(level, (shape->rows - shape->top - shape->seen_rows) * line + 3, zero_point, plane);
}

#endif  // AOT_RUNTIME_PLANE_X86_H_
