// SPDX-License-Identifier: Apache-2.0

// The functions of <string.h> that TFLM and compiled code call, for size: 240 bytes instead of the 1,600 of newlib-nano.
// memcpy and memset take a word at a time where the core reads and writes words at any address.

#include <stddef.h>
#include <stdint.h>

#ifdef __ARM_FEATURE_UNALIGNED
struct Word {
  uint32_t value;
} __attribute__((packed, may_alias));
#endif

void* memcpy(void* restrict to, const void* restrict from, size_t size) {
  uint8_t* out = to;
  const uint8_t* in = from;
#ifdef __ARM_FEATURE_UNALIGNED
  for (; size >= 4; size -= 4, out += 4, in += 4) {
    ((struct Word*)out)->value = ((const struct Word*)in)->value;
  }
#endif
  while (size-- > 0) *out++ = *in++;
  return to;
}

void* memmove(void* to, const void* from, size_t size) {
  uint8_t* out = to;
  const uint8_t* in = from;
  if (out <= in) {
    while (size-- > 0) *out++ = *in++;
  } else {
    while (size-- > 0) out[size] = in[size];
  }
  return to;
}

void* memset(void* to, int byte, size_t size) {
  uint8_t* out = to;
#ifdef __ARM_FEATURE_UNALIGNED
  const uint32_t word = (uint8_t)byte * 0x01010101u;
  for (; size >= 4; size -= 4, out += 4) ((struct Word*)out)->value = word;
#endif
  while (size-- > 0) *out++ = (uint8_t)byte;
  return to;
}

int memcmp(const void* left, const void* right, size_t size) {
  const uint8_t* a = left;
  const uint8_t* b = right;
  for (; size > 0; --size, ++a, ++b) {
    if (*a != *b) return *a - *b;
  }
  return 0;
}

int strncmp(const char* left, const char* right, size_t size) {
  const uint8_t* a = (const uint8_t*)left;
  const uint8_t* b = (const uint8_t*)right;
  for (; size > 0; --size, ++a, ++b) {
    if (*a != *b || *a == 0) return *a - *b;
  }
  return 0;
}

int strcmp(const char* left, const char* right) { return strncmp(left, right, SIZE_MAX); }

size_t strlen(const char* text) {
  const char* at = text;
  while (*at != '\0') ++at;
  return (size_t)(at - text);
}
