// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_SCALED_PRODUCT_H_
#define AOT_RUNTIME_SCALED_PRODUCT_H_

#include <stdint.h>

#include "aot/runtime/clamp.h"
#include "aot/runtime/scale_and_round.h"

struct scaled_product {
  int64_t rounding;
  int32_t zero_point_a;
  int32_t zero_point_b;
  int32_t multiplier;
  int32_t exponent;
  int32_t lowest;
  int32_t highest;
};

static inline int32_t scaled_product(const struct scaled_product* to, int32_t a, int32_t b) {
  const int32_t product = (a - to->zero_point_a) * (b - to->zero_point_b);
  return clamp(scale_and_round(product, to->multiplier, to->rounding, 31, to->exponent), to->lowest,
               to->highest);
}

#endif  // AOT_RUNTIME_SCALED_PRODUCT_H_
