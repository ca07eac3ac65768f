// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_COPY_BYTES_MVE_H_
#define AOT_RUNTIME_COPY_BYTES_MVE_H_

#include <stdint.h>
#include <string.h>

#include "aot/runtime/mve.h"

// Copies `rows` times `size` bytes, one at least of each, `pitch` from row to row. At the destination they lie one after
// the other.
static inline void copy_bytes_mve(int32_t rows, int32_t size, int32_t pitch, const int8_t* from,
                                  int8_t* to) {
#if AOT_MVE
  const int8_t* row;
  int8_t* place;
  __asm__ volatile(
      "1:\n"
      "mov %[row], %[from]\n"
      "mov %[place], %[to]\n"
      "dlstp.8 lr, %[size]\n"
      "2:\n"
      "vldrb.u8 q0, [%[row]], #16\n"
      "vstrb.8 q0, [%[place]], #16\n"
      "letp lr, 2b\n"
      "add %[from], %[from], %[pitch]\n"
      "add %[to], %[to], %[size]\n"
      "subs %[rows], %[rows], #1\n"
      "bne 1b\n"
      :
      [from] "+&r"(from), [to] "+&r"(to), [rows] "+&r"(rows), [row] "=&r"(row), [place] "=&r"(place)
      : [size] "r"(size), [pitch] "r"(pitch)
      : "cc", "lr", "q0", "memory");
#else
  for (int32_t i = 0; i < rows; ++i) {
    memcpy(to, from, (size_t)size);
    // What comes after the last row may not be there.
    if (i + 1 < rows) from += pitch;
    to += size;
  }
#endif
}

#endif  // AOT_RUNTIME_COPY_BYTES_MVE_H_
