// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_SQUARE_FLOAT_H_
#define AOT_RUNTIME_SQUARE_FLOAT_H_

static inline float square_float(float x) { return x * x; }

#endif  // AOT_RUNTIME_SQUARE_FLOAT_H_
