// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_LOGISTIC_FLOAT_H_
#define AOT_RUNTIME_LOGISTIC_FLOAT_H_

#include <math.h>

// 1 / (1 + exp(-x)), which is 1 or exp(x) to the precision of floats where x is large. The limits
// are TFLM's.
static inline float logistic_float(float x) {
  if (x > 16.619047164916992188f) return 1;
  return x < -9 ? expf(x) : 1 / (1 + expf(-x));
}

#endif  // AOT_RUNTIME_LOGISTIC_FLOAT_H_
