// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_CONV_2D_MVE_H_
#define AOT_RUNTIME_CONV_2D_MVE_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aot/runtime/conv_2d.h"
#include "aot/runtime/copy_bytes_mve.h"
#include "aot/runtime/dense_mve.h"
#include "aot/runtime/dense_pair_mve.h"
#include "aot/runtime/gather_mve.h"
#include "aot/runtime/requantization.h"

// patch: memory for what two windows see of a group; NULL if all that a window sees lies in the image as it is: it has
// one row, without dilation to the side and groups, and sees nothing outside. For the other arguments see struct
// dense_mve.
static inline void conv_2d_mve(const struct conv_2d* shape, int32_t zero_point,
                               const struct requantization* to, const int8_t* in,
                               const int8_t* weights, const int32_t* bias, const int32_t* factors,
                               int32_t next_factors, int8_t* patch, int8_t* out) {
  const int32_t channels = shape->in_c / shape->groups;
  const int32_t filters = shape->out_c / shape->groups;
  const int32_t taps = shape->filter_h * shape->filter_w * channels;
  const int32_t line = shape->in_w * shape->in_c;
  const int32_t run = shape->filter_w * channels;
  const bool in_a_row = shape->filter_w == 1 || (shape->groups == 1 && shape->dilation_w == 1);
  const int32_t last_top = shape->in_h - 1 - (shape->filter_h - 1) * shape->dilation_h;
  const int32_t last_left = shape->in_w - shape->filter_w;
  struct dense_mve layer = {NULL,           NULL,       NULL,       NULL,    taps,
                            filters,        weights,    bias,       factors, next_factors,
                            to->zero_point, to->lowest, to->highest};
  for (int32_t g = 0; g < shape->groups; ++g) {
    const int8_t* image = in + g * channels;
    int8_t* to_group = out + g * filters;
    for (int32_t b = 0; b < shape->batches; ++b) {
      // The first one of two windows waits; the other one may be in the next row of outputs.
      bool waiting = false;
      for (int32_t y = 0; y < shape->out_h; ++y) {
        const int32_t top = y * shape->stride_h - shape->pad_h;
        for (int32_t x = 0; x < shape->out_w; ++x) {
          const int32_t left = x * shape->stride_w - shape->pad_w;
          if (patch == NULL) {
            layer.b = image + top * line + left * shape->in_c;
          } else {
            int8_t* const copy = waiting ? patch + taps : patch;
            if (in_a_row && top >= 0 && top <= last_top && left >= 0 && left <= last_left) {
              copy_bytes_mve(shape->filter_h, run, shape->dilation_h * line,
                             image + top * line + left * shape->in_c, copy);
            } else {
              gather_mve(shape, zero_point, image, top, left, channels, copy);
            }
            layer.b = copy;
          }
          layer.out_b = to_group;
          to_group += shape->out_c;
          waiting = !waiting;
          if (waiting) {
            layer.a = layer.b;
            layer.out_a = layer.out_b;
            // The last one of all may have no other one: it is computed twice.
            if (y + 1 < shape->out_h || x + 1 < shape->out_w) continue;
          }
          dense_pair_mve(&layer);
        }
      }
      image += line * shape->in_h;
    }
    layer.weights += (filters + 1) / 2 * ((taps + 15) / 16 * 32);
    layer.bias += (filters + 1) / 2 * 2;
    layer.factors += (filters + 3) / 4 * next_factors;
  }
}

#endif  // AOT_RUNTIME_CONV_2D_MVE_H_
