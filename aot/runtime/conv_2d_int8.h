// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_CONV_2D_INT8_H_
#define AOT_RUNTIME_CONV_2D_INT8_H_

#include <stdbool.h>
#include <stdint.h>

#include "aot/runtime/conv_2d.h"
#include "aot/runtime/dense_pair_int8.h"

// Copies what a window sees of one group. Outside of the image is the zero point.
static inline void gather_int8(const struct conv_2d* shape, int32_t zero_point, const int8_t* image,
                               int32_t top, int32_t left, int32_t channels, int8_t* patch) {
  for (int32_t i = 0; i < shape->filter_h; ++i) {
    const int32_t y = top + i * shape->dilation_h;
    for (int32_t j = 0; j < shape->filter_w; ++j) {
      const int32_t x = left + j * shape->dilation_w;
      if (y >= 0 && y < shape->in_h && x >= 0 && x < shape->in_w) {
        const int8_t* from = image + (y * shape->in_w + x) * shape->in_c;
        for (int32_t c = 0; c < channels; ++c) *patch++ = from[c];
      } else {
        for (int32_t c = 0; c < channels; ++c) *patch++ = (int8_t)zero_point;
      }
    }
  }
}

// patch: memory for what two windows see of a group; NULL if no window sees anything outside of the image, and the rows
// of a window lie in the image as they are: there is one group, and no dilation to the side. For the other arguments
// see struct dense_int8.
static inline void conv_2d_int8(const struct conv_2d* shape, int32_t zero_point, int32_t rounding,
                                const int8_t* in, const int8_t* weights, const int32_t* bias,
                                const int32_t* multipliers, const int8_t* shifts,
                                int32_t next_factors, int8_t* patch, int8_t* out) {
  const int32_t channels = shape->in_c / shape->groups;
  const int32_t filters = shape->out_c / shape->groups;
  const int32_t taps = shape->filter_h * shape->filter_w * channels;
  const int32_t line = shape->in_w * shape->in_c;
  const struct window_int8 gathered = {1, taps, 0};
  const struct window_int8 direct = {shape->filter_h, shape->filter_w * channels,
                                     shape->dilation_h * line - shape->filter_w * channels};
  const bool in_rows = shape->groups == 1 && (shape->dilation_w == 1 || shape->filter_w == 1);
  const int32_t last_top = shape->in_h - 1 - (shape->filter_h - 1) * shape->dilation_h;
  const int32_t last_left = shape->in_w - shape->filter_w;
  struct dense_int8 layer = {filters, rounding, weights, bias, multipliers, shifts, next_factors};
  for (int32_t g = 0; g < shape->groups; ++g) {
    const int8_t* image = in + g * channels;
    int8_t* to = out + g * filters;
    for (int32_t b = 0; b < shape->batches; ++b) {
      for (int32_t y = 0; y < shape->out_h; ++y) {
        const int32_t top = y * shape->stride_h - shape->pad_h;
        const bool rows_inside = in_rows && top >= 0 && top <= last_top;
        for (int32_t x = 0; x < shape->out_w; x += 2) {
          const bool two = x + 1 < shape->out_w;
          const int32_t left = x * shape->stride_w - shape->pad_w;
          const int32_t left2 = two ? left + shape->stride_w : left;
          const struct window_int8* window = &gathered;
          const int8_t* from = patch;
          int32_t next = taps;
          if (rows_inside && left >= 0 && left2 <= last_left) {
            window = &direct;
            from = image + top * line + left * shape->in_c;
            next = shape->stride_w * shape->in_c;
          } else {
            gather_int8(shape, zero_point, image, top, left, channels, patch);
            if (two) gather_int8(shape, zero_point, image, top, left2, channels, patch + taps);
          }
          if (two) {
            dense_pair_int8(&layer, window, from, next, to, shape->out_c);
            to += 2 * shape->out_c;
          } else {
            dense_row_int8(&layer, window, from, 0, layer.weights, to);
            to += shape->out_c;
          }
        }
      }
      image += line * shape->in_h;
    }
    layer.weights += filters * taps;
    layer.bias += filters;
    layer.multipliers += filters * (next_factors / 4);
    layer.shifts += filters * (next_factors / 4);
  }
}

#endif  // AOT_RUNTIME_CONV_2D_INT8_H_
