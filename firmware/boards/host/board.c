// SPDX-License-Identifier: Apache-2.0

// The machine that builds, for programs that also run on a board.

#include "firmware/runtime/board.h"

#include <stdio.h>
#include <stdlib.h>

void BoardInit(void) {}

// Line by line, also into a pipe: a test looks whether it still prints.
void BoardPutByte(char byte) {
  putchar(byte);
  if (byte == '\n') fflush(stdout);
}

// main() has them from the system.
int BoardArguments(char*** arguments) {
  static char* none[1] = {0};
  *arguments = none;
  return 0;
}

_Noreturn void BoardExit(int code) { exit(code); }
