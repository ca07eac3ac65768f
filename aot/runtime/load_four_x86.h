// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_LOAD_FOUR_X86_H_
#define AOT_RUNTIME_LOAD_FOUR_X86_H_

#include <stdint.h>
#include <string.h>

// Four bytes as one number.
static inline int32_t load_four_x86(const int8_t* from) {
  int32_t four;
  memcpy(&four, from, 4);
  return four;
}

#endif  // AOT_RUNTIME_LOAD_FOUR_X86_H_
