// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_RELU_INT16_H_
#define AOT_RUNTIME_RELU_INT16_H_

#include <stdint.h>

#include "aot/runtime/clamp.h"

static inline void relu_int16(int32_t size, int32_t lowest, int32_t highest, const int16_t* in,
                              int16_t* out) {
  for (int32_t i = 0; i < size; ++i) out[i] = (int16_t)clamp(in[i], lowest, highest);
}

#endif  // AOT_RUNTIME_RELU_INT16_H_
