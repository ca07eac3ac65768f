// SPDX-License-Identifier: Apache-2.0

#include "tests/fuzz/mutator.h"

#include <cstring>
#include <set>

#include "gtest/gtest.h"

namespace mnist_micro {
namespace {

Bytes Sample() {
  Bytes bytes(4000, 0xa5);
  const std::uint32_t offset = 100;
  for (const std::size_t at : {0, 400, 2000}) std::memcpy(bytes.data() + at, &offset, 4);
  return bytes;
}

TEST(Mutator, DependsOnItsArgumentsOnly) {
  const Mutator first({Sample()}), second({Sample()});
  first.Mutate(1, 0);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(first.Mutate(7, i), second.Mutate(7, i));
}

TEST(Mutator, GivesDifferentMutations) {
  const Mutator mutator({Sample()});
  std::set<Bytes> distinct;
  for (int i = 0; i < 500; ++i) {
    distinct.insert(mutator.Mutate(1, i));
    distinct.insert(mutator.Mutate(2, i));
  }
  // The sample has three words of structure only: some mutations come twice, or change nothing.
  EXPECT_GT(distinct.size(), 600u);
}

TEST(Mutator, PrefersStructureToPayload) {
  const Bytes sample = Sample();
  const Mutator mutator({sample});
  int near_structure = 0, same_size = 0;
  for (int i = 0; i < 1000; ++i) {
    const Bytes bytes = mutator.Mutate(1, i);
    if (bytes.size() != sample.size()) continue;
    ++same_size;
    near_structure += std::memcmp(bytes.data() + 400, sample.data() + 400, 12) != 0 ||
                      std::memcmp(bytes.data() + 2000, sample.data() + 2000, 12) != 0;
  }
  EXPECT_GT(same_size, 800);
  EXPECT_GT(near_structure, 400);
}

TEST(Mutator, TakesInputsOfOneByte) {
  const Mutator mutator(std::vector<Bytes>{Bytes(1)});
  for (int i = 0; i < 10'000; ++i) EXPECT_FALSE(mutator.Mutate(1, i).empty());
}

}  // namespace
}  // namespace mnist_micro
