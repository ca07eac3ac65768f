// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_QUANTIZE_FLOAT_H_
#define AOT_RUNTIME_QUANTIZE_FLOAT_H_

#include <math.h>
#include <stdint.h>

#include "aot/runtime/requantization.h"
#include "aot/runtime/store_integer.h"

// To integers of 1 or 2 bytes. What is too large saturates. TFLM makes the lowest integer of what is not a number, to which
// a zero point below 0 can't be added: on a PC it then becomes the highest.
static inline void quantize_float(int32_t size, int32_t out_bytes, float scale,
                                  const struct requantization* to, const float* in, void* out) {
  const float lowest = (float)(to->lowest - to->zero_point);
  const float highest = (float)(to->highest - to->zero_point);
  const float unordered = to->zero_point < 0 ? highest : lowest;
  for (int32_t i = 0; i < size; ++i) {
    float steps = roundf(in[i] / scale);
    steps = steps > lowest ? steps : (steps <= lowest ? lowest : unordered);
    steps = steps < highest ? steps : highest;
    store_integer(out, out_bytes, i, (int32_t)steps + to->zero_point);
  }
}

#endif  // AOT_RUNTIME_QUANTIZE_FLOAT_H_
