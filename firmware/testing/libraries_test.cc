// SPDX-License-Identifier: Apache-2.0

// The libraries of C and of the compiler: division of 64 bits, doubles, exp and log, errno, and headers of C++
// that include others.

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <iomanip>
#include <limits>

#include "firmware/runtime/print.h"

namespace {

int Fail(const char* what) {
  PrintText("FAIL: ");
  PrintText(what);
  PrintText("\n");
  return 1;
}

}  // namespace

int main() {
  volatile std::int64_t large = 1234567890123456789;
  volatile std::int64_t divisor = -1000000007;
  if (large / divisor != -1234567881) return Fail("64-bit division");
  volatile double third = 1.0;
  third = third / 3.0;
  if (third * 3.0 != 1.0) return Fail("doubles");
  volatile float two = 2.0f;
  const float same = std::exp(std::log(two));
  if (same < 1.999f || same > 2.001f) return Fail("exp and log");
  errno = 0;
  const long parsed = std::strtol("99999999999999", nullptr, 10);
  if (errno != ERANGE || parsed != std::numeric_limits<long>::max()) return Fail("errno");
  std::array<int, 5> numbers = {3, 1, 4, 1, 5};
  std::sort(numbers.begin(), numbers.end());
  if (numbers[2] != 3) return Fail("sort");
  PrintText("PASS\n");
  return 0;
}
