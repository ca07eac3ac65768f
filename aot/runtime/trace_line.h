// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_TRACE_LINE_H_
#define AOT_RUNTIME_TRACE_LINE_H_

#include <stdint.h>

#include "aot/runtime/trace_crc32.h"
#include "aot/runtime/trace_sum.h"

// Enough for numbers of 32 bits everywhere.
enum { kTraceLineSize = 192 };

static inline char* trace_text(char* to, const char* text) {
  while (*text != '\0') *to++ = *text++;
  return to;
}

static inline char* trace_hex(char* to, uint32_t number) {
  for (int32_t shift = 28; shift >= 0; shift -= 4) {
    *to++ = "0123456789abcdef"[(number >> shift) & 15u];
  }
  return to;
}

static inline char* trace_decimal(char* to, uint32_t number) {
  uint32_t power = 1;
  while (number / power >= 10) power *= 10;
  for (; power > 0; power /= 10) *to++ = (char)('0' + number / power % 10);
  return to;
}

// Prints one line, without printf: "trace: run 0, ", then what, then the checksum of the data.
//
// print: the user's, which gets the line with its end.
// sum: the type of the data for trace_sum, or 0 for a line without a sum.
static inline void trace_line(void (*print)(void* context, const char* line), void* context,
                              uint32_t run, const char* what, const void* data, uint32_t size,
                              char sum) {
  char line[kTraceLineSize];
  char* end = trace_decimal(trace_text(line, "trace: run "), run);
  end = trace_text(trace_text(trace_text(end, ", "), what), ", crc32 ");
  end = trace_hex(end, trace_crc32(data, size));
  if (sum != 0) end = trace_hex(trace_text(end, ", sum "), trace_sum(sum, data, size));
  *trace_text(end, "\n") = '\0';
  print(context, line);
}

#endif  // AOT_RUNTIME_TRACE_LINE_H_
