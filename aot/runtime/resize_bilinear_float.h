// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_RESIZE_BILINEAR_FLOAT_H_
#define AOT_RUNTIME_RESIZE_BILINEAR_FLOAT_H_

#include <math.h>
#include <stdint.h>

#include "aot/runtime/resize_bilinear.h"

// Between which inputs an output lies, and the weight of the one after.
struct neighbors_float {
  int32_t low, high;
  float weight;
};

static inline struct neighbors_float neighbors_float(int32_t output, float scale,
                                                     int32_t half_pixel, int32_t inputs) {
  const float place = half_pixel ? ((float)output + 0.5f) * scale - 0.5f : (float)output * scale;
  const int32_t before = (int32_t)floorf(place);
  const int32_t after = (int32_t)ceilf(place);
  const int32_t low = before > 0 ? before : 0;
  const struct neighbors_float found = {low, after < inputs ? after : inputs - 1,
                                        place - (float)low};
  return found;
}

// Products are added in TFLM's order: the result is the same to the bit. Adding 0 makes 0 of -0, as
// it does there.
static inline void resize_bilinear_float(const struct resize_bilinear* shape, float scale_y,
                                         float scale_x, const float* in, float* out) {
  const int32_t depth = shape->depth;
  for (int32_t b = 0; b < shape->batches; ++b) {
    for (int32_t i = 0; i < shape->height; ++i) {
      const struct neighbors_float y =
          neighbors_float(i, scale_y, shape->half_pixel, shape->in_height);
      const float* const top = in + y.low * shape->in_width * depth;
      const float* const bottom = in + y.high * shape->in_width * depth;
      for (int32_t j = 0; j < shape->width; ++j) {
        const struct neighbors_float x =
            neighbors_float(j, scale_x, shape->half_pixel, shape->in_width);
        for (int32_t c = 0; c < depth; ++c) {
          const int32_t left = x.low * depth + c;
          const int32_t right = x.high * depth + c;
          *out++ = top[left] * (1 - y.weight) * (1 - x.weight) +
                   bottom[left] * y.weight * (1 - x.weight) +
                   top[right] * (1 - y.weight) * x.weight + bottom[right] * y.weight * x.weight +
                   0.0f;
        }
      }
    }
    in += shape->in_height * shape->in_width * depth;
  }
}

#endif  // AOT_RUNTIME_RESIZE_BILINEAR_FLOAT_H_
