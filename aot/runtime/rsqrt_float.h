// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_RSQRT_FLOAT_H_
#define AOT_RUNTIME_RSQRT_FLOAT_H_

#include <math.h>

static inline float rsqrt_float(float x) { return 1 / sqrtf(x); }

#endif  // AOT_RUNTIME_RSQRT_FLOAT_H_
