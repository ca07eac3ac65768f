// SPDX-License-Identifier: Apache-2.0

#include "tests/fuzz/mutator.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <utility>

namespace mnist_micro {
namespace {

// Limits of integer types, small counts, enum values, and floats that upset arithmetic.
constexpr std::uint32_t kInteresting[] = {
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 16, 28, 32, 64, 100, 127, 128, 255, 256, 1000, 1024, 4096,
    32767, 32768, 65535, 65536, 1000000, 0x01000000, 0x0fffffff, 0x3fffffff, 0x40000000, 0x7ffffffe,
    0x7fffffff, 0x80000000, 0x80000001, 0xfffffff0, 0xfffffffe, 0xffffffff,
    // Floats: infinity, NaN, the smallest, the largest, 1, 1e-20, 1e20, -1.
    0x7f800000, 0x7fc00000, 0x00000001, 0x7f7fffff, 0x3f800000, 0x1e3ce508, 0x60ad78ec, 0xbf800000};

std::uint32_t Load(const Bytes& bytes, std::size_t at) {
  std::uint32_t word = 0;
  std::memcpy(&word, bytes.data() + at, sizeof(word));
  return word;
}

void Store(Bytes& bytes, std::size_t at, const void* value, std::size_t size) {
  if (at < bytes.size()) std::memcpy(bytes.data() + at, value, std::min(size, bytes.size() - at));
}

}  // namespace

// SplitMix64: good enough, and the same everywhere, unlike the distributions of <random>.
class Mutator::Random {
 public:
  explicit Random(std::uint64_t state) : state_(state) {}

  std::uint64_t Next() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

  // From 0 to `limit` - 1.
  std::size_t Below(std::size_t limit) { return static_cast<std::size_t>(Next() % limit); }

 private:
  std::uint64_t state_;
};

Mutator::Mutator(std::vector<Bytes> seeds) {
  for (Bytes& bytes : seeds) {
    Seed seed{std::move(bytes), {}};
    const std::size_t size = seed.bytes.size();
    for (std::size_t at = 0; at + 4 <= size; at += 4) {
      const std::uint32_t word = Load(seed.bytes, at);
      // An offset or a count, either way round in memory and forward or backward.
      if (word != 0 && (word < size || ~word < size || __builtin_bswap32(word) < size)) {
        seed.structure.push_back(at);
      }
    }
    seeds_.push_back(std::move(seed));
  }
}

std::size_t Mutator::Position(const Seed& seed, const Bytes& bytes, Random& random) const {
  const std::size_t kind = random.Below(8);
  if (kind == 0 || (kind > 1 && seed.structure.empty())) return random.Below(bytes.size());
  if (kind == 1) return random.Below(std::min<std::size_t>(bytes.size(), 64));
  const std::size_t at =
      seed.structure[random.Below(seed.structure.size())] + 4 * random.Below(3) + random.Below(4);
  return at < bytes.size() ? at : random.Below(bytes.size());
}

void Mutator::MutateOnce(const Seed& seed, Bytes& bytes, Random& random) const {
  const std::size_t at = Position(seed, bytes, random);
  const std::size_t word_at = at & ~std::size_t{3};
  std::uint32_t word = kInteresting[random.Below(std::size(kInteresting))];
  switch (random.Below(16)) {
    case 0:
    case 1:
      bytes[at] ^= static_cast<std::uint8_t>(1u << random.Below(8));
      break;
    case 2:
      bytes[at] = static_cast<std::uint8_t>(random.Next());
      break;
    case 3:
    case 4:
      bytes[at] = static_cast<std::uint8_t>(word);
      break;
    case 5:
    case 6:
      Store(bytes, at & ~std::size_t{1}, &word, 2);
      break;
    case 7:
    case 8:
    case 9:
      if (random.Below(8) == 0) word = __builtin_bswap32(word);
      Store(bytes, word_at, &word, 4);
      break;
    case 10:
    case 11:
      if (word_at + 4 <= bytes.size()) {
        word = Load(bytes, word_at) + static_cast<std::uint32_t>(random.Below(33)) - 16;
        Store(bytes, word_at, &word, 4);
      }
      break;
    case 12:
      // One offset, index or enum in place of another.
      if (const std::size_t from = Position(seed, bytes, random) & ~std::size_t{3};
          from + 4 <= bytes.size()) {
        word = Load(bytes, from);
        Store(bytes, word_at, &word, 4);
      }
      break;
    case 13: {
      // A piece of this or another seed.
      const Bytes& other = seeds_[random.Below(seeds_.size())].bytes;
      const std::size_t from = random.Below(other.size()) & ~std::size_t{3};
      const std::size_t length = std::min(1 + random.Below(64), other.size() - from);
      Store(bytes, word_at, other.data() + from, length);
      break;
    }
    case 14:
      if (random.Below(4) == 0) bytes.resize(1 + random.Below(bytes.size()));
      break;
    default:
      if (random.Below(4) == 0) {
        const std::size_t length = 1 + random.Below(8);
        const auto where = bytes.begin() + static_cast<std::ptrdiff_t>(at);
        if (random.Below(2) == 0) {
          bytes.insert(where, length, static_cast<std::uint8_t>(word));
        } else if (length < bytes.size() - at) {
          bytes.erase(where, where + static_cast<std::ptrdiff_t>(length));
        }
      }
      break;
  }
}

Bytes Mutator::Mutate(std::uint64_t seed, std::uint64_t iteration) const {
  Random random(Random(seed).Next() + iteration);
  const Seed& start = seeds_[random.Below(seeds_.size())];
  Bytes bytes = start.bytes;
  // Mostly few: of many mutations one is sure to be caught at once.
  int count = 1;
  while (count < 8 && random.Below(2) == 0) ++count;
  for (int i = 0; i < count; ++i) MutateOnce(start, bytes, random);
  return bytes;
}

}  // namespace mnist_micro
