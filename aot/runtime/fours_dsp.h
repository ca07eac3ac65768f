// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_FOURS_DSP_H_
#define AOT_RUNTIME_FOURS_DSP_H_

#include <stdint.h>

#include "aot/runtime/conv_2d.h"

// How many fours of inputs a window sees of a group. Each row begins with a new four, or follows the one before if rows
// are not fours.
static inline int32_t fours_dsp(const struct conv_2d* shape) {
  const int32_t run = shape->filter_w * (shape->in_c / shape->groups);
  return run % 4 != 0 ? (shape->filter_h * run + 3) / 4 : shape->filter_h * run / 4;
}

#endif  // AOT_RUNTIME_FOURS_DSP_H_
