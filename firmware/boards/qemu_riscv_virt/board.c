// SPDX-License-Identifier: Apache-2.0

// QEMU's RISC-V machine `virt`: a 16550 UART, and semihosting.
// https://www.qemu.org/docs/master/system/riscv/virt.html

#include "firmware/runtime/board.h"

#include <stdint.h>

#include "firmware/semihosting/semihosting.h"

#define UART ((volatile uint8_t*)0x10000000)

enum { kTransmit = 0, kLineStatus = 5, kTransmitEmpty = 0x20 };

void BoardInit(void) {}

void BoardPutByte(char byte) {
  while ((UART[kLineStatus] & kTransmitEmpty) == 0) {
  }
  UART[kTransmit] = (uint8_t)byte;
}

int BoardArguments(char*** arguments) { return SemihostingArguments(arguments); }

_Noreturn void BoardExit(int code) { SemihostingExit(code); }
