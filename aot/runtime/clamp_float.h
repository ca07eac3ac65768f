// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_CLAMP_FLOAT_H_
#define AOT_RUNTIME_CLAMP_FLOAT_H_

// What is not a number stays, as with C++'s std::min and std::max.
static inline float clamp_float(float x, float lowest, float highest) {
  x = x < lowest ? lowest : x;
  return highest < x ? highest : x;
}

#endif  // AOT_RUNTIME_CLAMP_FLOAT_H_
