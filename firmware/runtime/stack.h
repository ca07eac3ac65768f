// SPDX-License-Identifier: Apache-2.0

#ifndef FIRMWARE_RUNTIME_STACK_H_
#define FIRMWARE_RUNTIME_STACK_H_

#include <stdint.h>

// The stack is painted at the start, so that its peak can be measured and an overflow be seen.

#ifdef __cplusplus
extern "C" {
#endif

// The most bytes that the stack has had since the start. 0 on the host, where it is not measured.
uint32_t StackPeak(void);

// Whether the last words of the stack still have their paint.
int StackIsIntact(void);

#ifdef __cplusplus
}
#endif

#endif  // FIRMWARE_RUNTIME_STACK_H_
