// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_PRELU_INTEGER_H_
#define AOT_RUNTIME_PRELU_INTEGER_H_

#include <stdint.h>

#include "aot/runtime/requantization.h"
#include "aot/runtime/requantize.h"
#include "aot/runtime/to_output.h"

struct prelu {
  int32_t zero_point;
  int32_t multiplier, shift;
  // Of slopes, and of products with them.
  int32_t slope_zero_point;
  int32_t slope_multiplier, slope_shift;
};

static inline int32_t prelu_integer(const struct prelu* how, const struct requantization* to,
                                    int32_t x, int32_t slope) {
  x -= how->zero_point;
  if (x >= 0) return to_output(requantize(x, how->multiplier, how->shift), to);
  const int32_t product = x * (slope - how->slope_zero_point);
  return to_output(requantize(product, how->slope_multiplier, how->slope_shift), to);
}

#endif  // AOT_RUNTIME_PRELU_INTEGER_H_
