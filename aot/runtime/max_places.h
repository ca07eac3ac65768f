// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_MAX_PLACES_H_
#define AOT_RUNTIME_MAX_PLACES_H_

#include <stdint.h>

// Of which places of a convolution the maximum is taken.
struct max_places {
  int32_t filter_h, filter_w;
  int32_t stride_h, stride_w;
};

#endif  // AOT_RUNTIME_MAX_PLACES_H_
