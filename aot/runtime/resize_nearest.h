// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_RESIZE_NEAREST_H_
#define AOT_RUNTIME_RESIZE_NEAREST_H_

#include <stdint.h>
#include <string.h>

// run: bytes of one place.
struct resize_nearest {
  int32_t batches, in_height, in_width, height, width, run;
};

// rows, columns: of the input, for each of the output.
static inline void resize_nearest(const struct resize_nearest* shape, const void* in,
                                  const int32_t* rows, const int32_t* columns, void* out) {
  const unsigned char* image = (const unsigned char*)in;
  unsigned char* to = (unsigned char*)out;
  for (int32_t b = 0; b < shape->batches; ++b) {
    for (int32_t y = 0; y < shape->height; ++y) {
      for (int32_t x = 0; x < shape->width; ++x) {
        memcpy(to, image + (rows[y] * shape->in_width + columns[x]) * shape->run,
               (size_t)shape->run);
        to += shape->run;
      }
    }
    image += shape->in_height * shape->in_width * shape->run;
  }
}

#endif  // AOT_RUNTIME_RESIZE_NEAREST_H_
