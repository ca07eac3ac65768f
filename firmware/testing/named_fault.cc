// SPDX-License-Identifier: Apache-2.0

// A fault on purpose, of the kind that the program's argument names.

#include <cstdint>
#include <string_view>

#include "firmware/runtime/print.h"

int main(int argc, char** argv) {
  const std::string_view kind = argc == 2 ? argv[1] : "";
  // Both: gcc computes 1 / x without dividing.
  volatile int one = 1, zero = 0;
  if (kind == "code") {
    // Where a device has its registers.
    reinterpret_cast<void (*)()>(0x40000001)();
  } else if (kind == "division") {
    one = one / zero;
  } else if (kind == "instruction") {
    __asm__ volatile("udf #0");
  } else if (kind == "svc") {
    __asm__ volatile("svc #0");
  }
  PrintText("PASS\n");
  return 0;
}
