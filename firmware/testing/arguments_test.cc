// SPDX-License-Identifier: Apache-2.0

// The arguments that the emulator passes: the program's name, and here one word.

#include <cstring>

#include "firmware/runtime/print.h"

int main(int argc, char** argv) {
  for (int i = 0; i < argc; ++i) {
    PrintText(argv[i]);
    PrintText("\n");
  }
  if (argc != 2 || std::strcmp(argv[1], "word") != 0 || argv[2] != nullptr) return 1;
  PrintText("PASS\n");
  return 0;
}
