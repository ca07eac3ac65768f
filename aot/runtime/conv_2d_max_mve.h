// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_CONV_2D_MAX_MVE_H_
#define AOT_RUNTIME_CONV_2D_MAX_MVE_H_

#include <stdint.h>

#include "aot/runtime/conv_2d.h"
#include "aot/runtime/conv_2d_mve.h"
#include "aot/runtime/max_pool_2d_mve.h"
#include "aot/runtime/pool_2d.h"
#include "aot/runtime/requantization.h"

// A convolution without groups, and the maximum of several places of each channel: those of one row of maxima at a time.
// shape: the convolution, with as many rows of outputs as a maximum sees; pool: of these rows, a row of maxima. maxima:
// how many rows of them there are. step: from what one row of maxima sees to what the next one sees. made: memory for the
// rows. For the other arguments see conv_2d_mve.
static inline void conv_2d_max_mve(const struct conv_2d* shape, const struct pool_2d* pool,
                                   int32_t maxima, int32_t step, int32_t zero_point,
                                   const struct requantization* to, const int8_t* in,
                                   const int8_t* weights, const int32_t* bias,
                                   const int32_t* factors, int32_t next_factors, int8_t* patch,
                                   int8_t* made, int8_t* out) {
  struct conv_2d rows = *shape;
  rows.batches = 1;
  for (int32_t b = 0; b < shape->batches; ++b) {
    rows.pad_h = shape->pad_h;
    for (int32_t y = 0; y < maxima; ++y) {
      conv_2d_mve(&rows, zero_point, to, in, weights, bias, factors, next_factors, patch, made);
      max_pool_2d_mve(pool, INT8_MIN, INT8_MAX, made, out);
      rows.pad_h -= step;
      out += pool->out_w * pool->channels;
    }
    in += shape->in_h * shape->in_w * shape->in_c;
  }
}

#endif  // AOT_RUNTIME_CONV_2D_MAX_MVE_H_
