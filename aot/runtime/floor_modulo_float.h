// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_FLOOR_MODULO_FLOAT_H_
#define AOT_RUNTIME_FLOOR_MODULO_FLOAT_H_

#include <math.h>

static inline float floor_modulo_float(float a, float b) {
  const float rest = fmodf(a, b);
  return rest != 0 && (b < 0) != (rest < 0) ? rest + b : rest;
}

#endif  // AOT_RUNTIME_FLOOR_MODULO_FLOAT_H_
