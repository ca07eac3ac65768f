// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_MAP_FLOAT_H_
#define AOT_RUNTIME_MAP_FLOAT_H_

#include <math.h>
#include <stdint.h>

// function: of <math.h>, or one of ours.
static inline void map_float(int32_t size, float (*function)(float), const float* in, float* out) {
  for (int32_t i = 0; i < size; ++i) out[i] = function(in[i]);
}

#endif  // AOT_RUNTIME_MAP_FLOAT_H_
