// SPDX-License-Identifier: Apache-2.0

// What a program finds at its start: initialized and zeroed memory, constructors that have run, a painted
// stack, and a FPU if the core has one.

#include <cstdint>

#include "firmware/runtime/print.h"
#include "firmware/runtime/stack.h"

namespace {

volatile std::uint32_t initialized = 0x12345678;
volatile std::uint32_t zeroed;

struct Constructed {
  Constructed() : value(initialized + 1) {}
  std::uint32_t value;
};
Constructed constructed;

int Fail(const char* what) {
  PrintText("FAIL: ");
  PrintText(what);
  PrintText("\n");
  return 1;
}

}  // namespace

int main() {
  if (initialized != 0x12345678) return Fail(".data is not initialized");
  if (zeroed != 0) return Fail(".bss is not zero");
  if (constructed.value != 0x12345679) return Fail("a constructor did not run");
  volatile float third = 1.0f;
  third = third / 3.0f;
  if (third < 0.333f || third > 0.334f) return Fail("floats are wrong");
  const std::uint32_t peak = StackPeak();
  if (peak == 0 || peak > 1024) return Fail("the stack's peak is wrong");
  if (!StackIsIntact()) return Fail("the stack has no guard");
  PrintText("stack peak ");
  PrintNumber(peak);
  PrintText("\nPASS\n");
  return 0;
}
