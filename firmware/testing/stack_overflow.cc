// SPDX-License-Identifier: Apache-2.0

// A fault on purpose: a recursion that the stack has no room for.

#include "firmware/runtime/print.h"

namespace {

int Depth(int n) {
  volatile char frame[64];
  frame[0] = static_cast<char>(n);
  return n == 0 ? 0 : Depth(n - 1) + frame[0];
}

}  // namespace

int main() {
  volatile int levels = 10000;
  PrintNumber(static_cast<unsigned>(Depth(levels)));
  PrintText("PASS\n");
  return 0;
}
