// SPDX-License-Identifier: Apache-2.0

#ifndef FIRMWARE_RUNTIME_STOP_H_
#define FIRMWARE_RUNTIME_STOP_H_

// How a program ends on real hardware, where nobody takes its exit code: says the code over the serial port, as
// the line "exit code 0", and stops.
_Noreturn void StopWithCode(int code);

#endif  // FIRMWARE_RUNTIME_STOP_H_
