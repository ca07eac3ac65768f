// SPDX-License-Identifier: Apache-2.0

// The C array that is linked contains the converted model, byte for byte.

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <vector>

#include "gtest/gtest.h"
#include "micro/mnist_model_data.h"

namespace mnist_micro {
namespace {

static_assert(kMnistModelSize <= 25304, "the int8 model has outgrown the brief's");

TEST(ModelArray, EqualsTheConvertedFile) {
  std::ifstream file(std::getenv("MODEL"), std::ios::binary);
  const std::vector<char> expected{std::istreambuf_iterator<char>(file), {}};
  ASSERT_EQ(expected.size(), kMnistModelSize);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    ASSERT_EQ(kMnistModel[i], static_cast<std::uint8_t>(expected[i])) << "byte " << i;
  }
}

TEST(ModelArray, IsAlignedForFlatbuffersAndKernels) {
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(kMnistModel) % 16, 0u);
}

}  // namespace
}  // namespace mnist_micro
