// SPDX-License-Identifier: Apache-2.0

// A fault on purpose: a store to where no board has memory.

#include <cstdint>

#include "firmware/runtime/print.h"

int main() {
  *reinterpret_cast<volatile std::uint32_t*>(0xe8000000) = 1;
  PrintText("PASS\n");
  return 0;
}
