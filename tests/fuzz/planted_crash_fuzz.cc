// SPDX-License-Identifier: Apache-2.0

// A target with a bug, to see that the driver finds it, reports it and replays it.

#include "tests/fuzz/fuzz_target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 4 && data[4] == 0xff) std::abort();
  return 0;
}
