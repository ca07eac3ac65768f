// SPDX-License-Identifier: Apache-2.0

#ifndef FIRMWARE_RUNTIME_TICKS_H_
#define FIRMWARE_RUNTIME_TICKS_H_

#include <stdint.h>

// A counter of the core: SysTick on a Cortex-M, mcycle on RISC-V. On a real chip it counts cycles. In QEMU it
// means something only with `-icount`: then each instruction takes the same time, and an exec_env says
// how many ticks a microsecond has. A RISC-V core must have `mcountinhibit`, of the privileged architecture 1.11.

#ifdef __cplusplus
extern "C" {
#endif

// How many bits it has: a difference of two reads is right modulo 2 to this power.
#if defined(__arm__)
enum { kTicksBits = 24 };
#else
enum { kTicksBits = 32 };
#endif

// Starts the counter.
void TicksStart(void);

// Reads it. It counts up. A function call even under optimization: emulators can tell by it when the
// counter was read.
uint32_t TicksNow(void);

#ifdef __cplusplus
}
#endif

#endif  // FIRMWARE_RUNTIME_TICKS_H_
