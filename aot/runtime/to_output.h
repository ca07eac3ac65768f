// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_TO_OUTPUT_H_
#define AOT_RUNTIME_TO_OUTPUT_H_

#include <stdint.h>

#include "aot/runtime/clamp.h"
#include "aot/runtime/requantization.h"
#include "aot/runtime/wrapping_sum.h"

// A scaled integer as an output. Its sum with the zero point wraps, as it does in TFLM.
static inline int32_t to_output(int32_t scaled, const struct requantization* to) {
  return clamp(wrapping_sum(scaled, to->zero_point), to->lowest, to->highest);
}

#endif  // AOT_RUNTIME_TO_OUTPUT_H_
