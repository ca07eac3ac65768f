// SPDX-License-Identifier: Apache-2.0

// A hostile PGM image: it is refused in one line, or its last bytes are the pixels.

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "micro/image_reader.h"
#include "tests/fuzz/fuzz_target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // A copy of exactly this size, so that a sanitizer sees each access beyond it.
  const std::vector<char> copy(data, data + size);
  mnist_micro::Image image{};
  const std::string fault =
      mnist_micro::ParsePgm(std::string_view(copy.data(), copy.size()), image);
  if (fault.empty()) {
    FUZZ_CHECK(size >= image.size());
    FUZZ_CHECK(std::memcmp(image.data(), data + size - image.size(), image.size()) == 0);
  } else {
    FUZZ_CHECK(fault.find('\n') == std::string::npos);
  }
  return 0;
}
