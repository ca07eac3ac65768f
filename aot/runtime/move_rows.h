// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_MOVE_ROWS_H_
#define AOT_RUNTIME_MOVE_ROWS_H_

#include <stdint.h>
#include <string.h>

// Moves `size` bytes to where they are `distance` bytes nearer to the beginning. Small libraries' memmove takes a byte
// at a time.
static inline void move_rows(int32_t size, int32_t distance, void* rows) {
  unsigned char* to = (unsigned char*)rows;
  const unsigned char* from = to + distance;
  for (; size >= 16; size -= 16) {
    uint32_t words[4];
    memcpy(words, from, sizeof(words));
    memcpy(to, words, sizeof(words));
    from += sizeof(words);
    to += sizeof(words);
  }
  for (; size > 0; --size) *to++ = *from++;
}

#endif  // AOT_RUNTIME_MOVE_ROWS_H_
