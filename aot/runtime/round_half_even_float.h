// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_ROUND_HALF_EVEN_FLOAT_H_
#define AOT_RUNTIME_ROUND_HALF_EVEN_FLOAT_H_

#include <math.h>

// To nearest, halves to even. rintf would make -0 of what is just below 0, where TFLM makes 0.
static inline float round_half_even_float(float x) {
  const float below = floorf(x);
  const float part = x - below;
  // Half of an odd number is not whole.
  const float half = below / 2;
  return part < 0.5f || (part == 0.5f && half == floorf(half)) ? below : below + 1;
}

#endif  // AOT_RUNTIME_ROUND_HALF_EVEN_FLOAT_H_
