// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_REQUANTIZATION_H_
#define AOT_RUNTIME_REQUANTIZATION_H_

#include <stdint.h>

// How sums become outputs, besides the factors.
struct requantization {
  int32_t zero_point;
  int32_t lowest;
  int32_t highest;
};

#endif  // AOT_RUNTIME_REQUANTIZATION_H_
