// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_FLOOR_DIVIDE_FLOAT_H_
#define AOT_RUNTIME_FLOOR_DIVIDE_FLOAT_H_

#include <math.h>

static inline float floor_divide_float(float a, float b) {
  return (float)floor((double)a / (double)b);
}

#endif  // AOT_RUNTIME_FLOOR_DIVIDE_FLOAT_H_
