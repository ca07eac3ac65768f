// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_OUTPUT_MVE_H_
#define AOT_RUNTIME_OUTPUT_MVE_H_

#include <stdint.h>

#include "aot/runtime/mve.h"
#include "aot/runtime/requantization.h"
#include "aot/runtime/rounded_mve.h"

#if !AOT_MVE
// A whole sum to an output: the same as output_int8 for shifts below 0.
static inline int8_t output_mve(int32_t sum, int32_t multiplier, int32_t shift,
                                const struct requantization* to) {
  const int32_t x = rounded_mve(sum, multiplier, shift) + to->zero_point;
  return (int8_t)(x < to->lowest ? to->lowest : x > to->highest ? to->highest : x);
}
#endif

#endif  // AOT_RUNTIME_OUTPUT_MVE_H_
