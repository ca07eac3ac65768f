// SPDX-License-Identifier: Apache-2.0

// A board whose serial port breaks, once: when the variable says so, the next byte is a fault.

#include "firmware/testing/broken_serial.h"

#include <stdint.h>

#define BoardPutByte PutByte
#include BOARD_SOURCE
#undef BoardPutByte

volatile int serial_breaks;

void BoardPutByte(char byte) {
  if (serial_breaks) {
    serial_breaks = 0;
    *(volatile uint32_t*)0xe8000000 = 1;
  }
  PutByte(byte);
}
