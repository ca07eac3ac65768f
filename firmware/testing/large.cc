// SPDX-License-Identifier: Apache-2.0

// A program that is too large for any chip's flash here, and whose variables are too large for its RAM.

#include <cstdint>

#include "firmware/runtime/print.h"

namespace {

const std::uint8_t table[KILOBYTES * 1024] = {1};
std::uint8_t variables[KILOBYTES * 1024];

}  // namespace

int main() {
  const volatile std::uint8_t* from = table;
  volatile std::uint8_t* to = variables;
  for (unsigned i = 0; i < sizeof(table); ++i) to[i] = from[i];
  PrintNumber(to[0]);
  return 0;
}
