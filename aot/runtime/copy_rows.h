// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_COPY_ROWS_H_
#define AOT_RUNTIME_COPY_ROWS_H_

#include <stdint.h>
#include <string.h>

// Copies `count` runs of bytes. Steps, from one run to the next, are in bytes.
static inline void copy_rows(int32_t count, int32_t run, const void* in, int32_t in_step, void* out,
                             int32_t out_step) {
  const unsigned char* const from = (const unsigned char*)in;
  unsigned char* const to = (unsigned char*)out;
  int32_t read = 0;
  int32_t write = 0;
  // A call of memcpy takes longer than what it copies if that is one element.
  if (run == 1) {
    for (; count > 0; --count, read += in_step, write += out_step) to[write] = from[read];
  } else if (run == 4) {
    for (; count > 0; --count, read += in_step, write += out_step) {
      memcpy(to + write, from + read, 4);
    }
  } else {
    for (; count > 0; --count, read += in_step, write += out_step) {
      memcpy(to + write, from + read, (size_t)run);
    }
  }
}

#endif  // AOT_RUNTIME_COPY_ROWS_H_
