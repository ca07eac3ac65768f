// SPDX-License-Identifier: Apache-2.0

#ifndef FIRMWARE_RUNTIME_START_H_
#define FIRMWARE_RUNTIME_START_H_

#include <stdint.h>

// What is the same on every core between reset and main(). The core's start-up code has the rest.

// What a program ends with after a fault.
enum { kExitFault = 70 };

// Gives variables their values, runs constructors and main(), and ends the program.
_Noreturn void RunProgram(void);

// Prints registers, each a name and a value. names: of all of them, each with a zero byte behind it, and one more at
// the end: "  r0 \0  r1 \0". One string: a call for each register takes more flash.
void PrintRegisters(const char* names, const uint32_t* values);

#endif  // FIRMWARE_RUNTIME_START_H_
