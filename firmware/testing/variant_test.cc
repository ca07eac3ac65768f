// SPDX-License-Identifier: Apache-2.0

// A program of a board's variant lies where the variant's linker script says.

#include <cstdint>

#include "firmware/runtime/print.h"

namespace {

volatile std::uint32_t variable = 1;

}  // namespace

int main() {
  const auto address = reinterpret_cast<std::uintptr_t>(&variable);
  if (variable != 1 || address < 0x20010400 || address >= 0x20014000) {
    PrintText("FAIL: a variable lies at ");
    PrintHex(static_cast<std::uint32_t>(address));
    PrintText("\n");
    return 1;
  }
  PrintText("PASS\n");
  return 0;
}
