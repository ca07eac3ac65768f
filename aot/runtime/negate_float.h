// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_NEGATE_FLOAT_H_
#define AOT_RUNTIME_NEGATE_FLOAT_H_

static inline float negate_float(float x) { return -x; }

#endif  // AOT_RUNTIME_NEGATE_FLOAT_H_
