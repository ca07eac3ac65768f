// SPDX-License-Identifier: Apache-2.0

#ifndef FIRMWARE_RUNTIME_BOARD_H_
#define FIRMWARE_RUNTIME_BOARD_H_

// What each board provides: see firmware/boards. All of it works without a heap.

#ifdef __cplusplus
extern "C" {
#endif

// Gets the clock and the serial port ready. Called first: variables have no values yet.
void BoardInit(void);

// Sends a byte over the serial port, and waits until it is taken.
void BoardPutByte(char byte);

// The program's arguments, as main() takes them: an emulator can pass some. Returns how many; the first one
// is the program's name. 0 if there is nothing that passes them. Called once, before main().
int BoardArguments(char*** arguments);

// Ends the program with an exit code, which an emulator passes on. On real hardware it stops the core.
#ifdef __cplusplus
[[noreturn]]
#else
_Noreturn
#endif
void BoardExit(int code);

#ifdef __cplusplus
}
#endif

#endif  // FIRMWARE_RUNTIME_BOARD_H_
