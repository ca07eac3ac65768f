// SPDX-License-Identifier: Apache-2.0

// A fault on purpose: a jump to code of the other security state, where nobody set up a way to it.

#include <cstdint>

#include "firmware/runtime/print.h"

int main() {
  // SAU_CTRL: what is secure is as the chip is wired. On Arm's MPS2 code at 0 is not.
  *reinterpret_cast<volatile std::uint32_t*>(0xe000edd0) = 2;
  __asm__ volatile("dsb\nisb" : : : "memory");
  volatile std::uintptr_t nowhere = 0x101;
  reinterpret_cast<void (*)()>(nowhere)();
  PrintText("PASS\n");
  return 0;
}
