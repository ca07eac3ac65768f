// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_RESIZE_BILINEAR_INT8_H_
#define AOT_RUNTIME_RESIZE_BILINEAR_INT8_H_

#include <stdint.h>

#include "aot/runtime/resize_bilinear.h"

// Between which inputs an output lies, and the weight of the one after: 10 fractional bits.
struct neighbors_fixed {
  int32_t low, high, weight;
};

// scale: 10 fractional bits.
static inline struct neighbors_fixed neighbors_fixed(int32_t output, int32_t scale,
                                                     int32_t half_pixel, int32_t inputs) {
  const int32_t place = output * scale + (half_pixel ? scale / 2 - 512 : 0);
  const int32_t low = place > 0 ? place / 1024 : 0;
  const int32_t after = (place + 1023) / 1024;
  const struct neighbors_fixed found = {low, after < inputs ? after : inputs - 1,
                                        place - low * 1024};
  return found;
}

// Halves are rounded away from zero. A sum has 29 bits at most.
static inline void resize_bilinear_int8(const struct resize_bilinear* shape, int32_t scale_y,
                                        int32_t scale_x, const int8_t* in, int8_t* out) {
  const int32_t depth = shape->depth;
  for (int32_t b = 0; b < shape->batches; ++b) {
    for (int32_t i = 0; i < shape->height; ++i) {
      const struct neighbors_fixed y =
          neighbors_fixed(i, scale_y, shape->half_pixel, shape->in_height);
      const int8_t* const top = in + y.low * shape->in_width * depth;
      const int8_t* const bottom = in + y.high * shape->in_width * depth;
      for (int32_t j = 0; j < shape->width; ++j) {
        const struct neighbors_fixed x =
            neighbors_fixed(j, scale_x, shape->half_pixel, shape->in_width);
        for (int32_t c = 0; c < depth; ++c) {
          const int32_t left = x.low * depth + c;
          const int32_t right = x.high * depth + c;
          const int32_t sum =
              (top[left] * (1024 - y.weight) + bottom[left] * y.weight) * (1024 - x.weight) +
              (top[right] * (1024 - y.weight) + bottom[right] * y.weight) * x.weight;
          *out++ = (int8_t)((sum > 0 ? sum + (1 << 19) : sum - (1 << 19)) / (1 << 20));
        }
      }
    }
    in += shape->in_height * shape->in_width * depth;
  }
}

#endif  // AOT_RUNTIME_RESIZE_BILINEAR_INT8_H_
