// SPDX-License-Identifier: Apache-2.0

// Arm's MPS2 and MPS3 boards, as QEMU emulates them: a CMSDK UART and semihosting.
// "Cortex-M System Design Kit", chapter "APB UART".

#include "firmware/runtime/board.h"

#include <stdint.h>

#include "firmware/semihosting/semihosting.h"

struct CmsdkUart {
  volatile uint32_t data, state, control, interrupt, divider;
};

#define UART ((struct CmsdkUart*)MPS_UART_BASE)

enum { kTransmitBufferFull = 1, kTransmitEnable = 1, kLeastDivider = 16 };

void BoardInit(void) {
  UART->divider = kLeastDivider;
  UART->control = kTransmitEnable;
}

void BoardPutByte(char byte) {
  while (UART->state & kTransmitBufferFull) {
  }
  UART->data = (uint8_t)byte;
}

int BoardArguments(char*** arguments) { return SemihostingArguments(arguments); }

_Noreturn void BoardExit(int code) { SemihostingExit(code); }
