// SPDX-License-Identifier: Apache-2.0

// The functions of <cstring> other than memcpy, in each case that differs.

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "firmware/runtime/print.h"

namespace {

// So that the compiler calls the functions.
void* (*volatile g_memmove)(void*, const void*, std::size_t) = std::memmove;
void* (*volatile g_memset)(void*, int, std::size_t) = std::memset;
int (*volatile g_memcmp)(const void*, const void*, std::size_t) = std::memcmp;
int (*volatile g_strcmp)(const char*, const char*) = std::strcmp;
int (*volatile g_strncmp)(const char*, const char*, std::size_t) = std::strncmp;
std::size_t (*volatile g_strlen)(const char*) = std::strlen;

constexpr std::size_t kSize = 40;
std::uint8_t g_bytes[kSize];

// Bytes from one place to another of the same array.
bool Moves(std::size_t from, std::size_t to, std::size_t size) {
  for (std::size_t i = 0; i < kSize; ++i) g_bytes[i] = static_cast<std::uint8_t>(i);
  if (g_memmove(g_bytes + to, g_bytes + from, size) != g_bytes + to) return false;
  for (std::size_t i = 0; i < kSize; ++i) {
    const bool moved = i >= to && i < to + size;
    if (g_bytes[i] != (moved ? from + i - to : i)) return false;
  }
  return true;
}

bool Sets(std::size_t at, std::size_t size) {
  for (std::uint8_t& byte : g_bytes) byte = 1;
  // Only the lowest byte counts.
  if (g_memset(g_bytes + at, 0x1fe, size) != g_bytes + at) return false;
  for (std::size_t i = 0; i < kSize; ++i) {
    if (g_bytes[i] != (i >= at && i < at + size ? 0xfe : 1)) return false;
  }
  return true;
}

int Fail(const char* what) {
  PrintText("FAIL: ");
  PrintText(what);
  PrintText("\n");
  return 1;
}

}  // namespace

int main() {
  for (std::size_t from = 0; from < 8; ++from) {
    for (std::size_t to = 0; to < 8; ++to) {
      for (std::size_t size = 0; size < kSize - 8; ++size) {
        if (!Moves(from, to, size)) return Fail("memmove");
      }
    }
  }
  for (std::size_t at = 0; at < 4; ++at) {
    for (std::size_t size = 0; size < kSize - 4; ++size) {
      if (!Sets(at, size)) return Fail("memset");
    }
  }
  // Bytes are compared as unsigned.
  if (g_memcmp("a\0b", "a\0c", 4) >= 0 || g_memcmp("\xff", "a", 1) <= 0) return Fail("memcmp");
  if (g_memcmp("ab", "ac", 1) != 0 || g_memcmp("a", "b", 0) != 0) return Fail("memcmp");
  if (g_strcmp("", "") != 0 || g_strcmp("abcde", "abcde") != 0) return Fail("strcmp");
  if (g_strcmp("abc", "abcd") >= 0 || g_strcmp("abcd", "abc") <= 0) return Fail("strcmp");
  if (g_strcmp("\xff", "a") <= 0) return Fail("strcmp");
  if (g_strncmp("abcx", "abcy", 3) != 0 || g_strncmp("abcx", "abcy", 4) >= 0)
    return Fail("strncmp");
  if (g_strncmp("ab\0x", "ab\0y", 4) != 0) return Fail("strncmp");
  if (g_strlen("") != 0 || g_strlen("abcdefg") != 7) return Fail("strlen");
  PrintText("PASS\n");
  return 0;
}
