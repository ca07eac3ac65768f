// SPDX-License-Identifier: Apache-2.0

#ifndef FIRMWARE_RUNTIME_REGISTERS_H_
#define FIRMWARE_RUNTIME_REGISTERS_H_

#include <stdint.h>

// A chip's registers, for the code of real boards.

#define REGISTER(address) (*(volatile uint32_t*)(uintptr_t)(address))

// How often a register is read until it is given up: a fraction of a second at 10 to 200 MHz, and a thousand
// times what oscillators, PLLs and serial ports take.
enum { kMostReads = 1000000 };

// Waits until those bits of a register that `mask` has are `value`. Returns 1, or 0 if that does not happen.
static inline int WaitForBits(const volatile uint32_t* address, uint32_t mask, uint32_t value) {
  for (int i = 0; i < kMostReads; ++i) {
    if ((*address & mask) == value) return 1;
  }
  return 0;
}

#endif  // FIRMWARE_RUNTIME_REGISTERS_H_
