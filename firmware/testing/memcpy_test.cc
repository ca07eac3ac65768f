// SPDX-License-Identifier: Apache-2.0

// memcpy, which on Arm begins with firmware/arm/memcpy.S: each size up to 100 from and to each
// alignment, and a large one. What is beside stays.

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "firmware/runtime/print.h"

#if defined(__arm__)
extern "C" void* __wrap_memcpy(void* to, const void* from, std::size_t size);
#endif

namespace {

constexpr std::size_t kLargest = 100;
constexpr std::size_t kLarge = 5003;
constexpr std::uint8_t kUntouched = 0x5a;

std::uint8_t g_from[kLarge + 8];
std::uint8_t g_to[kLarge + 8];

// So that the compiler calls the function.
void* (*volatile g_memcpy)(void*, const void*, std::size_t) = std::memcpy;

bool Copies(std::size_t from, std::size_t to, std::size_t size) {
  for (std::uint8_t& byte : g_to) byte = kUntouched;
  if (g_memcpy(g_to + to, g_from + from, size) != g_to + to) return false;
  for (std::size_t i = 0; i < sizeof(g_to); ++i) {
    const bool copied = i >= to && i < to + size;
    if (g_to[i] != (copied ? g_from[from + i - to] : kUntouched)) return false;
  }
  return true;
}

}  // namespace

int main() {
#if defined(__arm__)
  if (g_memcpy != __wrap_memcpy) {
    PrintText("FAIL: memcpy is the C library's\n");
    return 1;
  }
#endif
  for (std::size_t i = 0; i < sizeof(g_from); ++i) g_from[i] = static_cast<std::uint8_t>(i * 167);
  for (std::size_t from = 0; from < 4; ++from) {
    for (std::size_t to = 0; to < 4; ++to) {
      for (std::size_t size = 0; size <= kLargest + 1; ++size) {
        const std::size_t bytes = size <= kLargest ? size : kLarge;
        if (Copies(from, to, bytes)) continue;
        PrintText("FAIL: bytes: ");
        PrintNumber(static_cast<std::uint32_t>(bytes));
        PrintText(", alignments: ");
        PrintNumber(static_cast<std::uint32_t>(from));
        PrintText(" to ");
        PrintNumber(static_cast<std::uint32_t>(to));
        PrintText("\n");
        return 1;
      }
    }
  }
  PrintText("PASS\n");
  return 0;
}
