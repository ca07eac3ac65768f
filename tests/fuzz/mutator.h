// SPDX-License-Identifier: Apache-2.0

#ifndef TESTS_FUZZ_MUTATOR_H_
#define TESTS_FUZZ_MUTATOR_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace mnist_micro {

using Bytes = std::vector<std::uint8_t>;

// Damages inputs at random. It knows no format, but it does know that what steers a reader are words
// that look like offsets, lengths and indices, and prefers those to what looks like payload.
class Mutator {
 public:
  // seeds: the inputs to start from; at least one, none empty.
  explicit Mutator(std::vector<Bytes> seeds);

  // The mutation of this number, which depends on nothing but its arguments: each can be made again
  // without those before it.
  Bytes Mutate(std::uint64_t seed, std::uint64_t iteration) const;

 private:
  struct Seed {
    Bytes bytes;
    // Where the 4-byte words are that look like structure.
    std::vector<std::size_t> structure;
  };
  class Random;

  std::size_t Position(const Seed& seed, const Bytes& bytes, Random& random) const;
  void MutateOnce(const Seed& seed, Bytes& bytes, Random& random) const;

  std::vector<Seed> seeds_;
};

}  // namespace mnist_micro

#endif  // TESTS_FUZZ_MUTATOR_H_
