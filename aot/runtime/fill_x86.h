// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_FILL_X86_H_
#define AOT_RUNTIME_FILL_X86_H_

#include <stdint.h>
#include <string.h>

// Fills as copy_x86 copies.
static inline void fill_x86(int32_t level, int32_t size, int32_t value, int8_t* to) {
  if (size > 0) memset(to, level == 2 ? value ^ 0x80 : value, (uint32_t)size);
}

#endif  // AOT_RUNTIME_FILL_X86_H_
