// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_ELU_FLOAT_H_
#define AOT_RUNTIME_ELU_FLOAT_H_

#include <math.h>

static inline float elu_float(float x) { return x < 0 ? expm1f(x) : x; }

#endif  // AOT_RUNTIME_ELU_FLOAT_H_
