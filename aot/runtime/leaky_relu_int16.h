// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_LEAKY_RELU_INT16_H_
#define AOT_RUNTIME_LEAKY_RELU_INT16_H_

#include <stdbool.h>
#include <stdint.h>

#include "aot/runtime/clamp.h"
#include "aot/runtime/requantize.h"

struct leaky_relu {
  int32_t in_zero_point, out_zero_point;
  int32_t multiplier, shift;
  // Of inputs below 0; the multiplier is not, as its product would be rounded otherwise.
  int32_t alpha_multiplier, alpha_shift;
  bool alpha_is_negative;
};

static inline void leaky_relu_int16(int32_t size, const struct leaky_relu* how, const int16_t* in,
                                    int16_t* out) {
  for (int32_t i = 0; i < size; ++i) {
    const int32_t x = in[i] - how->in_zero_point;
    uint32_t y;
    if (x >= 0) {
      y = (uint32_t)requantize(x, how->multiplier, how->shift);
    } else {
      y = (uint32_t)requantize(x, how->alpha_multiplier, how->alpha_shift);
      if (how->alpha_is_negative) y = 0 - y;
    }
    y += (uint32_t)how->out_zero_point;
    out[i] = (int16_t)clamp((int32_t)y, INT16_MIN, INT16_MAX);
  }
}

#endif  // AOT_RUNTIME_LEAKY_RELU_INT16_H_
