// SPDX-License-Identifier: Apache-2.0

// A fault on purpose: a program that never ends.

#include "firmware/runtime/print.h"

int main() {
  PrintText("begun\n");
  volatile int forever = 1;
  while (forever) {
  }
  return 0;
}
