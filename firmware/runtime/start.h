// SPDX-License-Identifier: Apache-2.0

#ifndef FIRMWARE_RUNTIME_START_H_
#define FIRMWARE_RUNTIME_START_H_

#include <stdint.h>

// What is the same on every core between reset and main(). The core's start-up code has the rest.

// What a program ends with after a fault.
enum { kExitFault = 70 };

// Gives variables their values, runs constructors and main(), and ends the program.
_Noreturn void RunProgram(void);

// Prints a name and a register's value.
void PrintRegister(const char* name, uint32_t value);

#endif  // FIRMWARE_RUNTIME_START_H_
