// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_SCALED_SQUARE_H_
#define AOT_RUNTIME_SCALED_SQUARE_H_

#include <stdint.h>

#include "aot/runtime/requantization.h"
#include "aot/runtime/requantize.h"
#include "aot/runtime/to_output.h"

static inline int32_t scaled_square(int32_t multiplier, int32_t shift,
                                    const struct requantization* to, int32_t x) {
  return to_output(requantize(x * x, multiplier, shift), to);
}

#endif  // AOT_RUNTIME_SCALED_SQUARE_H_
