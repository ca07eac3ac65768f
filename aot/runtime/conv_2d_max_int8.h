// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_CONV_2D_MAX_INT8_H_
#define AOT_RUNTIME_CONV_2D_MAX_INT8_H_

#include <stdint.h>

#include "aot/runtime/conv_2d_max.h"
#include "aot/runtime/dense_max_int8.h"

// patch: memory for what an output sees; NULL if that is always inside of the image. For the other arguments see struct
// dense_int8.
static inline void conv_2d_max_int8(const struct conv_2d_max* shape, int32_t zero_point,
                                    int32_t rounding, const int8_t* in, const int8_t* weights,
                                    const int32_t* bias, const int32_t* multipliers,
                                    const int8_t* shifts, int32_t next_factors, int8_t* patch,
                                    int8_t* out) {
  const struct dense_int8 layer = {shape->out_c, rounding, weights,     bias,
                                   multipliers,  shifts,   next_factors};
  for (int32_t b = 0; b < shape->batches; ++b) {
    for (int32_t y = 0; y < shape->out_h; ++y) {
      const int32_t top = y * shape->step_h - shape->pad_h;
      for (int32_t x = 0; x < shape->out_w; ++x) {
        const int32_t left = x * shape->step_w - shape->pad_w;
        const int8_t* seen = seen_int8(shape, zero_point, in, top, left, patch);
        if (seen == patch) {
          dense_max_int8(&layer, &shape->copied, &shape->copied_places, seen, out);
        } else {
          dense_max_int8(&layer, &shape->direct, &shape->direct_places, seen, out);
        }
        out += shape->out_c;
      }
    }
    in += shape->in_h * shape->in_w * shape->in_c;
  }
}

#endif  // AOT_RUNTIME_CONV_2D_MAX_INT8_H_
