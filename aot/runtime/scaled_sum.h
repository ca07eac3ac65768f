// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_SCALED_SUM_H_
#define AOT_RUNTIME_SCALED_SUM_H_

#include <stdint.h>

#include "aot/runtime/clamp.h"
#include "aot/runtime/scale_and_round.h"

// How x, the input with the larger scale, and y become a sum or a difference. With 32 bits, all is
// doubled, for which int8 has room: then a product's upper half is what is wanted of it.
struct scaled_sum {
  int64_t y_rounding;
  int64_t rounding;
  int32_t x_factor;
  int32_t x_offset;
  int32_t y_factor;
  int32_t y_offset;
  int32_t y_multiplier;
  int32_t y_exponent;
  int32_t multiplier;
  int32_t exponent;
  int32_t lowest;
  int32_t highest;
};

static inline int32_t scaled_sum(const struct scaled_sum* to, int32_t x, int32_t y, int32_t bits) {
  const int32_t scaled = scale_and_round(y * to->y_factor + to->y_offset, to->y_multiplier,
                                         to->y_rounding, bits, to->y_exponent);
  const int32_t sum = x * to->x_factor + to->x_offset + (bits - 30) * scaled;
  return clamp(scale_and_round(sum, to->multiplier, to->rounding, bits, to->exponent), to->lowest,
               to->highest);
}

#endif  // AOT_RUNTIME_SCALED_SUM_H_
