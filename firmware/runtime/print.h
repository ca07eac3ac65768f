// SPDX-License-Identifier: Apache-2.0

#ifndef FIRMWARE_RUNTIME_PRINT_H_
#define FIRMWARE_RUNTIME_PRINT_H_

#include <stdint.h>

// Text over the board's serial port, without printf, which takes 20 KB of flash and a heap.

#ifdef __cplusplus
extern "C" {
#endif

void PrintText(const char* text);
void PrintNumber(uint32_t number);
void PrintHex(uint32_t number);  // 0x and eight digits.

#ifdef __cplusplus
}
#endif

#endif  // FIRMWARE_RUNTIME_PRINT_H_
