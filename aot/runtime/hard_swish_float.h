// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_HARD_SWISH_FLOAT_H_
#define AOT_RUNTIME_HARD_SWISH_FLOAT_H_

#include "aot/runtime/clamp_float.h"

static inline float hard_swish_float(float x) { return x * clamp_float(x + 3, 0, 6) / 6; }

#endif  // AOT_RUNTIME_HARD_SWISH_FLOAT_H_
