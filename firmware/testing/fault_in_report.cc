// SPDX-License-Identifier: Apache-2.0

// A fault on purpose, and another one while it is reported.

#include <cstdint>

#include "firmware/runtime/print.h"
#include "firmware/testing/broken_serial.h"

int main() {
  serial_breaks = 1;
  *reinterpret_cast<volatile std::uint32_t*>(0xe8000000) = 1;
  PrintText("PASS\n");
  return 0;
}
