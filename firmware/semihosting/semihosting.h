// SPDX-License-Identifier: Apache-2.0

#ifndef FIRMWARE_SEMIHOSTING_SEMIHOSTING_H_
#define FIRMWARE_SEMIHOSTING_SEMIHOSTING_H_

// What an emulator or a debugger does for a program: "Semihosting for AArch32 and AArch64",
// https://github.com/ARM-software/abi-aa, and the RISC-V specification of the same. Without either of them
// a call faults, so real hardware has its own BoardExit().

// Ends the program with an exit code.
_Noreturn void SemihostingExit(int code);

// The program's command line, cut at spaces. Returns how many arguments there are, at most 15; others are
// dropped. `arguments` is valid until the next call.
int SemihostingArguments(char*** arguments);

#endif  // FIRMWARE_SEMIHOSTING_SEMIHOSTING_H_
