// SPDX-License-Identifier: Apache-2.0

#ifndef FIRMWARE_TESTING_BROKEN_SERIAL_H_
#define FIRMWARE_TESTING_BROKEN_SERIAL_H_

#ifdef __cplusplus
extern "C" {
#endif

// Not 0: the next byte that is sent is a fault.
extern volatile int serial_breaks;

#ifdef __cplusplus
}
#endif

#endif  // FIRMWARE_TESTING_BROKEN_SERIAL_H_
