// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_OUTPUT_INT8_H_
#define AOT_RUNTIME_OUTPUT_INT8_H_

#include <stdint.h>

#include "aot/runtime/requantization.h"
#include "aot/runtime/requantize.h"
#include "aot/runtime/to_output.h"

// A whole sum to an output.
static inline int8_t output_int8(int32_t sum, int32_t multiplier, int32_t shift,
                                 const struct requantization* to) {
  return (int8_t)to_output(requantize(sum, multiplier, shift), to);
}

#endif  // AOT_RUNTIME_OUTPUT_INT8_H_
