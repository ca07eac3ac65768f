// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_EXP_FIXED_H_
#define AOT_RUNTIME_EXP_FIXED_H_

#include <stdint.h>

#include "aot/runtime/multiply_high.h"
#include "aot/runtime/shift_right.h"

// exp of a number that is not above 0. x: 26 fractional bits. The result has 31. Source: gemmlowp.
static inline int32_t exp_fixed(int32_t x) {
  // exp(-1/4), exp(-1/2), exp(-1), ... exp(-16).
  static const int32_t kFactors[7] = {1672461947, 1302514674, 790015084, 290630308,
                                      39332535,   720401,     242};
  const int32_t quarter = 1 << 24;
  if (x == 0) return INT32_MAX;
  // From -1/4 to 0, then around -1/8: a polynomial of the fourth degree.
  const int32_t part = (x & (quarter - 1)) - quarter;
  const int32_t a = part * 32 + (1 << 28);
  const int32_t a2 = multiply_high(a, a);
  const int32_t a3 = multiply_high(a2, a);
  const int32_t a4 = multiply_high(a2, a2);
  const int32_t rest = multiply_high(shift_right(a4, 2) + a3, 715827883) + a2;
  int32_t result = 1895147668 + multiply_high(1895147668, a + shift_right(rest, 1));
  const int32_t remainder = part - x;
  for (int32_t i = 0; i < 7; ++i) {
    if (remainder & (quarter << i)) result = multiply_high(result, kFactors[i]);
  }
  return result;
}

#endif  // AOT_RUNTIME_EXP_FIXED_H_
