// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_PRELU_FLOAT_H_
#define AOT_RUNTIME_PRELU_FLOAT_H_

static inline float prelu_float(float x, float slope) { return x >= 0 ? x : x * slope; }

#endif  // AOT_RUNTIME_PRELU_FLOAT_H_
