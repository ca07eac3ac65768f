// SPDX-License-Identifier: Apache-2.0

// The counter of a Cortex-M: SysTick, which counts the core's clock down. Armv7-M Architecture Reference
// Manual, section B3.3.

#include "firmware/runtime/ticks.h"

#include <stdint.h>

#define SYST_CSR (*(volatile uint32_t*)0xe000e010)  // Control and Status.
#define SYST_RVR (*(volatile uint32_t*)0xe000e014)  // Reload Value.
#define SYST_CVR (*(volatile uint32_t*)0xe000e018)  // Current Value.

enum { kEnable = 1, kCoreClock = 4, kLargest = 0xffffff };

void TicksStart(void) {
  SYST_RVR = kLargest;
  SYST_CVR = 0;  // Whatever is written clears it.
  SYST_CSR = kCoreClock | kEnable;
}

__attribute__((noinline)) uint32_t TicksNow(void) { return kLargest - SYST_CVR; }
