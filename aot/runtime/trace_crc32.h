// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_TRACE_CRC32_H_
#define AOT_RUNTIME_TRACE_CRC32_H_

#include <stdint.h>

// The checksum of zip files, and of Python's zlib.crc32, without a table.
static inline uint32_t trace_crc32(const void* data, uint32_t size) {
  const unsigned char* bytes = (const unsigned char*)data;
  uint32_t crc = 0xFFFFFFFFu;
  for (uint32_t i = 0; i < size; ++i) {
    crc ^= bytes[i];
    for (int32_t bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1u) != 0 ? 0xEDB88320u : 0u);
  }
  return ~crc;
}

#endif  // AOT_RUNTIME_TRACE_CRC32_H_
