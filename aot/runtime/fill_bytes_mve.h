// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_FILL_BYTES_MVE_H_
#define AOT_RUNTIME_FILL_BYTES_MVE_H_

#include <stdint.h>
#include <string.h>

#include "aot/runtime/mve.h"

// What memset does, of few bytes without a call.
static inline void fill_bytes_mve(int32_t size, int32_t value, int8_t* to) {
#if AOT_MVE
  __asm__ volatile(
      "vdup.8 q0, %[value]\n"
      "wlstp.8 lr, %[n], 2f\n"
      "1:\n"
      "vstrb.8 q0, [%[to]], #16\n"
      "letp lr, 1b\n"
      "2:\n"
      : [to] "+&r"(to)
      : [n] "r"(size), [value] "r"(value)
      : "lr", "q0", "memory");
#else
  memset(to, value, (size_t)size);
#endif
}

#endif  // AOT_RUNTIME_FILL_BYTES_MVE_H_
