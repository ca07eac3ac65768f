// "Cortex-M System Design Kit", chapter "APB UART".

#include "firmware/runtime/board.h"

#include <stdint.h>

#include "firmware/runtime/registers.h"
#include "firmware/runtime/stop.h"

#define UART ((volatile uint32_t*)0x40004000)

enum {
  kData = 0,
  kState = 1,
  kControl = 2,
  kDivider = 4,
  kFull = 1,
  kTransmit = 1,
  kLeastDivider = 16
};

void BoardInit(void) {
  UART[kDivider] = kLeastDivider;
  UART[kControl] = kTransmit;
}

void BoardPutByte(char byte) {
  while (UART[kState] & kFull) {
  }
  UART[kData] = (uint8_t)byte;
}

int BoardArguments(char*** arguments) {
  (void)arguments;
  return 0;
}

_Noreturn void BoardExit(int code) { StopWithCode(code); }
