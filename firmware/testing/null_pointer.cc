// SPDX-License-Identifier: Apache-2.0

// A fault on purpose: a store by a null pointer. On these boards there is memory: the vector table.

#include <cstdint>

#include "firmware/runtime/print.h"

int main() {
  // The compiler must not see that it is null.
  volatile std::uint32_t* volatile nowhere = nullptr;
  *nowhere = 1;
  PrintText("PASS\n");
  return 0;
}
