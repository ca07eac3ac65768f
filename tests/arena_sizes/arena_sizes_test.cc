// SPDX-License-Identifier: Apache-2.0

// Every size of arena, from none to more than enough: a status, never a crash or a byte outside.
//
// The class alone with upstream's TFLM, which crashes if an allocation fails: it is never asked.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <new>
#include <tuple>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "micro/mnist_float_model.h"
#include "micro/mnist_model.h"
#include "mnist_micro/tflm/engine.h"
#include "mnist_micro/tflm/model.h"
#include "tests/converted_models/depthwise_separable.h"
#include "tests/converted_models/mixed.h"
#include "tests/converted_models/ports.h"
#include "tests/rules/dense.h"
#include "tests/rules/halves.h"

#if defined(TFLM_2020)
#include "tests/real_models/magic_wand.h"
#include "tests/real_models/micro_speech.h"
#include "tests/real_models/person_detection.h"
#endif

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(address, size) static_cast<void>(0)
#define ASAN_UNPOISON_MEMORY_REGION(address, size) static_cast<void>(0)
#endif

namespace inference = mnist_micro::inference;
namespace tflm = mnist_micro::tflm;

namespace {

using inference::Status;
using tflm::Engine;
using tflm::TensorSpec;
using Bytes = std::vector<std::uint8_t>;

// Drops TFLM's log, some lines for each size; what a sanitizer says does not go through stdio.
class WithoutLog {
 public:
  WithoutLog() : stderr_(stderr) {
    std::FILE* null = std::fopen("/dev/null", "w");
    if (null != nullptr) stderr = null;
  }
  ~WithoutLog() {
    if (stderr == stderr_) return;
    std::fclose(stderr);
    stderr = stderr_;
  }

 private:
  std::FILE* stderr_;
};

#if defined(TFLM_2020)
constexpr std::size_t kGuard = 4096;
constexpr std::uint8_t kGuardByte = 0xc3;
// Nothing that TFLM could take for zeros.
constexpr std::uint8_t kGarbage = 0xa5;

// An arena between two guards, which a sanitizer refuses to have touched.
class GuardedArena {
 public:
  explicit GuardedArena(std::size_t largest) : memory_(kGuard + largest + kGuard + 16) {
    const auto start = reinterpret_cast<std::uintptr_t>(memory_.data()) + kGuard;
    arena_ = memory_.data() + kGuard + (16 - start % 16) % 16;
  }
  ~GuardedArena() { ASAN_UNPOISON_MEMORY_REGION(memory_.data(), memory_.size()); }

  std::uint8_t* Prepare(std::size_t size) {
    size_ = size;
    ASAN_UNPOISON_MEMORY_REGION(memory_.data(), memory_.size());
    std::fill(memory_.begin(), memory_.end(), kGuardByte);
    std::memset(arena_, kGarbage, size);
    ASAN_POISON_MEMORY_REGION(memory_.data(), arena_ - memory_.data());
    ASAN_POISON_MEMORY_REGION(arena_ + size, end() - arena_ - size);
    return arena_;
  }

  bool IsIntact() {
    ASAN_UNPOISON_MEMORY_REGION(memory_.data(), memory_.size());
    const auto is_guard = [](std::uint8_t byte) { return byte == kGuardByte; };
    return std::all_of(memory_.data(), arena_, is_guard) &&
           std::all_of(arena_ + size_, end(), is_guard);
  }

 private:
  std::uint8_t* end() { return memory_.data() + memory_.size(); }

  Bytes memory_;
  std::uint8_t* arena_;
  std::size_t size_ = 0;
};

template <typename Tensors, std::size_t... kIndices>
std::vector<TensorSpec> SpecsOf(std::index_sequence<kIndices...>) {
  return {tflm::SpecOf<std::tuple_element_t<kIndices, Tensors>>()...};
}

template <typename Tensors>
std::vector<TensorSpec> SpecsOf() {
  return SpecsOf<Tensors>(std::make_index_sequence<std::tuple_size_v<Tensors>>());
}

// What a generated class does, but with an arena of its user's.
template <typename Traits>
class Runs {
 public:
  Runs()
      : inputs_(SpecsOf<typename Traits::Inputs>()), outputs_(SpecsOf<typename Traits::Outputs>()) {
    EXPECT_EQ(Traits::RegisterOps(resolver_), kTfLiteOk);
  }

  Status Run(std::uint8_t* arena, std::size_t arena_size, Bytes& output) {
    Engine runner;
    const Status created =
        runner.Create(Traits::kModel, resolver_, arena, arena_size, inputs_.data(), inputs_.size(),
                      outputs_.data(), outputs_.size());
    if (created != Status::kOk) {
      EXPECT_EQ(runner.Invoke(), Status::kNotCreated) << arena_size;
      EXPECT_EQ(runner.input(0), nullptr) << arena_size;
      EXPECT_EQ(runner.output(0), nullptr) << arena_size;
      EXPECT_LE(runner.arena_used_bytes(), arena_size);
      return created;
    }
    EXPECT_LE(runner.arena_used_bytes(), arena_size);
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      std::memset(runner.input(i), 1, inputs_[i].bytes);
    }
    const Status invoked = runner.Invoke();
    for (std::size_t i = 0; i < outputs_.size(); ++i) {
      const auto* bytes = static_cast<const std::uint8_t*>(runner.output(i));
      output.insert(output.end(), bytes, bytes + outputs_[i].bytes);
    }
    return invoked;
  }

 private:
  typename Traits::OpResolver resolver_;
  std::vector<TensorSpec> inputs_;
  std::vector<TensorSpec> outputs_;
};

// step: 1 is every size; else an odd number, for sizes of any alignment.
template <typename Traits>
void ExpectAStatusForEverySize(std::size_t step = 1) {
  const WithoutLog without_log;
  constexpr std::size_t kArenaSize = tflm::Model<Traits>::kArenaSize;
  constexpr std::size_t kMost = kArenaSize + 64;
  Runs<Traits> runs;
  GuardedArena arena(2 * kMost);
  Bytes expected;
  ASSERT_EQ(runs.Run(arena.Prepare(2 * kMost), 2 * kMost, expected), Status::kOk);
  const auto expect = [&](std::size_t size) {
    Bytes output;
    const Status status = runs.Run(arena.Prepare(size), size, output);
    ASSERT_TRUE(arena.IsIntact()) << size;
    // One step of the measurement may be a little more than what is needed.
    if (size <= kArenaSize - 16 || status != Status::kOk) {
      ASSERT_TRUE(status == Status::kArenaTooSmall || status == Status::kPrepareFailed) << size;
      ASSERT_LT(size, kArenaSize);
    } else {
      ASSERT_EQ(output, expected) << size;
    }
  };
  // Every byte at the sizes in which the first things are placed, and around the measured size.
  for (std::size_t size = 0; size <= kMost && !testing::Test::HasFatalFailure(); ++size) {
    if (size % step == 0 || size < 512 || size + 64 > kArenaSize) expect(size);
  }
}

#endif  // TFLM_2020

// The same by the class, with its own arena.
template <typename ModelClass>
void ExpectAStatusOfTheClass(std::size_t step = 1) {
  const WithoutLog without_log;
  struct Tested : ModelClass {
    using ModelClass::CreateWithin;
  };
  const auto model = std::make_unique<Tested>();
  for (std::size_t size = 0; size < ModelClass::kArenaSize; size += step) {
    ASSERT_EQ(model->CreateWithin(size), Status::kArenaTooSmall) << size;
    ASSERT_EQ(model->Invoke(), Status::kNotCreated) << size;
  }
  ASSERT_EQ(model->CreateWithin(ModelClass::kArenaSize), Status::kOk);
  ASSERT_EQ(model->Invoke(), Status::kOk);
  ASSERT_EQ(model->CreateWithin(ModelClass::kArenaSize + 1), Status::kOk);
}

#define TEST_CLASS(Namespace, Class, kStep) \
  TEST(ArenaSizesOfTheClass, Class) { ExpectAStatusOfTheClass<Namespace::Class>(kStep); }
#if defined(TFLM_2020)
#define TEST_MODEL(Namespace, Class, kStep)                                               \
  TEST(ArenaSizes, Class) { ExpectAStatusForEverySize<Namespace::Class##Traits>(kStep); } \
  TEST_CLASS(Namespace, Class, kStep)
#else
#define TEST_MODEL TEST_CLASS
#endif

TEST_MODEL(rules_test::deep, HalvesOfSum, 1)
TEST_MODEL(rules_test, Dense, 1)
TEST_MODEL(mnist_micro, MnistModel, 1)
TEST_MODEL(mnist_micro, MnistFloatModel, 7)
TEST_MODEL(converted_models, DepthwiseSeparable, 1)
TEST_MODEL(converted_models, Mixed, 1)
TEST_MODEL(converted_models, Ports, 1)
#if defined(TFLM_2020)
TEST_MODEL(real_models, MagicWand, 7)
TEST_MODEL(real_models, MicroSpeech, 1)
TEST_MODEL(real_models, PersonDetection, 101)
#endif

}  // namespace
