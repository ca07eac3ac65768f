// SPDX-License-Identifier: Apache-2.0

#include "firmware/runtime/stack.h"

enum { kGuardWords = 4 };
static const uint32_t kPaint = 0xa5a5a5a5;

// From the linker script.
extern uint32_t __stack_limit[], __stack_top[];

uint32_t StackPeak(void) {
  const uint32_t* word = __stack_limit;
  while (word < __stack_top && *word == kPaint) ++word;
  return (uint32_t)((const char*)__stack_top - (const char*)word);
}

int StackIsIntact(void) {
  for (int i = 0; i < kGuardWords; ++i) {
    if (__stack_limit[i] != kPaint) return 0;
  }
  return 1;
}
