// SPDX-License-Identifier: Apache-2.0

// A hostile idx file: it is refused in one line, or the image is the bytes at its place.

#include <cstdint>
#include <cstring>
#include <sstream>
#include <string>

#include "micro/image_reader.h"
#include "tests/fuzz/fuzz_target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kHeaderBytes = 16;
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  for (const std::uint64_t index : {std::uint64_t{0}, std::uint64_t{2}, std::uint64_t{0xffffffff},
                                    ~std::uint64_t{0} / mnist_micro::kImagePixels + 1}) {
    std::istringstream stream(bytes);
    mnist_micro::Image image{};
    const std::string fault = mnist_micro::ParseIdxImage(stream, index, image);
    if (fault.empty()) {
      const std::uint64_t begin = kHeaderBytes + index * image.size();
      FUZZ_CHECK(begin + image.size() <= size);
      FUZZ_CHECK(std::memcmp(image.data(), data + begin, image.size()) == 0);
    } else {
      FUZZ_CHECK(fault.find('\n') == std::string::npos);
    }
  }
  return 0;
}
