// SPDX-License-Identifier: Apache-2.0

#include "firmware/runtime/start.h"

#include "firmware/runtime/board.h"
#include "firmware/runtime/print.h"

int main(int argc, char** argv);

// From the linker script.
extern uint32_t __data_start[], __data_end[], __data_load[];
extern uint32_t __bss_start[], __bss_end[];
extern void (*__init_array_start[])(void);
extern void (*__init_array_end[])(void);

_Noreturn void RunProgram(void) {
  for (uint32_t *to = __data_start, *from = __data_load; to < __data_end;) *to++ = *from++;
  for (uint32_t* to = __bss_start; to < __bss_end;) *to++ = 0;
  for (void (**constructor)(void) = __init_array_start; constructor < __init_array_end;
       ++constructor) {
    (*constructor)();
  }
  char** arguments = 0;
  const int count = BoardArguments(&arguments);
  BoardExit(main(count, arguments));
}

void PrintRegisters(const char* names, const uint32_t* values) {
  do {
    while (*names != '\0') BoardPutByte(*names++);
    PrintHex(*values++);
  } while (*++names != '\0');
}
