// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_SCALED_QUOTIENT_H_
#define AOT_RUNTIME_SCALED_QUOTIENT_H_

#include <stdint.h>

#include "aot/runtime/multiply_high.h"
#include "aot/runtime/reciprocal_fixed.h"
#include "aot/runtime/requantization.h"
#include "aot/runtime/shift_right.h"
#include "aot/runtime/to_output.h"

// a / b, scaled. The reciprocal of 0 is what comes out in TFLM, where it is not defined.
static inline int32_t scaled_quotient(int32_t multiplier, int32_t shift,
                                      const struct requantization* to, int32_t a, int32_t b) {
  if (b < 0) {
    a = -a;
    b = -b;
  }
  int32_t zeros = 0;
  while (zeros < 32 && (uint32_t)b << zeros < 0x80000000u) ++zeros;
  const int32_t inverse = b == 0 ? -1515870788 : reciprocal_fixed((uint32_t)b << zeros);
  // As many bits as there are below the sign and above the highest one that differs from it.
  int32_t headroom = 31;
  for (int32_t rest = a < 0 ? ~a : a; rest != 0; rest >>= 1) --headroom;
  const int32_t quotient = multiply_high((int32_t)((uint32_t)a << headroom), inverse);
  const int32_t right = 31 - zeros + headroom - shift;
  return to_output(shift_right(multiply_high(quotient, multiplier), right), to);
}

#endif  // AOT_RUNTIME_SCALED_QUOTIENT_H_
