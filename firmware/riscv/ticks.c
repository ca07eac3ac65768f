// SPDX-License-Identifier: Apache-2.0

// The counter of a RISC-V core: the low half of mcycle, which runs from reset on.

#include "firmware/runtime/ticks.h"

#include <stdint.h>

void TicksStart(void) {}

__attribute__((noinline)) uint32_t TicksNow(void) {
  uint32_t value;
  __asm__ volatile("csrr %0, mcycle" : "=r"(value));
  return value;
}
