// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_SCALED_PRODUCT_INT8_H_
#define AOT_RUNTIME_SCALED_PRODUCT_INT8_H_

#include <stdint.h>

#include "aot/runtime/scaled_product.h"

static inline void scaled_product_int8(int32_t count, const struct scaled_product* to,
                                       const int8_t* a, const int8_t* b, int8_t* out) {
  // Unlike *to, a copy can't be changed through out.
  const struct scaled_product copy = *to;
  for (int32_t i = 0; i < count; ++i) out[i] = (int8_t)scaled_product(&copy, a[i], b[i]);
}

#endif  // AOT_RUNTIME_SCALED_PRODUCT_INT8_H_
