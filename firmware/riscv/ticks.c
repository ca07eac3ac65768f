// SPDX-License-Identifier: Apache-2.0

// The counter of a RISC-V core: the low half of mcycle. Some cores stop it at reset, e.g. that of the RP2350.

#include "firmware/runtime/ticks.h"

#include <stdint.h>

void TicksStart(void) {
  // Bit 0, CY, stops it. Cores of before the privileged architecture 1.11 (2019) don't have the register.
  __asm__ volatile("csrci mcountinhibit, 1");
}

__attribute__((noinline)) uint32_t TicksNow(void) {
  uint32_t value;
  __asm__ volatile("csrr %0, mcycle" : "=r"(value));
  return value;
}
