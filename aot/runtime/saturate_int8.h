// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_SATURATE_INT8_H_
#define AOT_RUNTIME_SATURATE_INT8_H_

#include <stdint.h>

static inline int8_t saturate_int8(int32_t x) {
#if defined(__ARM_FEATURE_SAT) && defined(__GNUC__)
  // Compilers find this instruction by themselves only where it is alone.
  return (int8_t)__builtin_arm_ssat(x, 8);
#else
  x = x < INT8_MIN ? INT8_MIN : x;
  return (int8_t)(x > INT8_MAX ? INT8_MAX : x);
#endif
}

#endif  // AOT_RUNTIME_SATURATE_INT8_H_
