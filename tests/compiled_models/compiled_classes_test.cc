// SPDX-License-Identifier: Apache-2.0

// Several compiled models in one program: with memory of their own, and in memory that they share.

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include "gtest/gtest.h"
#include "tests/compiled_models/dense.h"
#include "tests/compiled_models/halves.h"
#include "tests/compiled_models/small_cnn.h"

namespace {

using compiled_test::Dense;
using compiled_test::DenseInMemory;
using compiled_test::Halves;
using compiled_test::HalvesInMemory;
using compiled_test::SmallCnn;
using compiled_test::SmallCnnInMemory;
using mnist_micro::inference::Status;

constexpr std::size_t kShared = std::max(
    {DenseInMemory::kMemorySize, HalvesInMemory::kMemorySize, SmallCnnInMemory::kMemorySize});
constexpr std::size_t kAlignment =
    std::max({DenseInMemory::kMemoryAlignment, HalvesInMemory::kMemoryAlignment,
              SmallCnnInMemory::kMemoryAlignment});

// Writes what depends on the run into an input.
template <std::size_t I, typename ModelClass>
void Write(ModelClass& model, int run) {
  auto input = model.template input<I>();
  for (std::size_t i = 0; i < input.size(); ++i)
    input[i] = static_cast<std::int8_t>(37 * run + 11 * i + I);
}

template <std::size_t I, typename ModelClass>
void Read(const ModelClass& model, std::vector<int>* outputs) {
  auto output = model.template output<I>();
  outputs->insert(outputs->end(), output.begin(), output.end());
}

template <typename ModelClass>
std::vector<int> RunOne(ModelClass& model, int run) {
  std::vector<int> outputs;
  Write<0>(model, run);
  if constexpr (ModelClass::kNumInputs > 1) Write<1>(model, run);
  EXPECT_EQ(model.Invoke(), Status::kOk);
  Read<0>(model, &outputs);
  if constexpr (ModelClass::kNumOutputs > 1) Read<1>(model, &outputs);
  return outputs;
}

TEST(CompiledClasses, ShareMemory) {
  static Dense dense;
  static Halves halves;
  static SmallCnn small_cnn;
  ASSERT_EQ(dense.Create(), Status::kOk);
  ASSERT_EQ(halves.Create(), Status::kOk);
  ASSERT_EQ(small_cnn.Create(), Status::kOk);

  alignas(kAlignment) static unsigned char memory[kShared];
  static DenseInMemory shared_dense;
  static HalvesInMemory shared_halves;
  static SmallCnnInMemory shared_small_cnn;
  ASSERT_EQ(shared_dense.Create(memory, sizeof(memory)), Status::kOk);
  ASSERT_EQ(shared_halves.Create(memory, sizeof(memory)), Status::kOk);
  ASSERT_EQ(shared_small_cnn.Create(memory, sizeof(memory)), Status::kOk);

  std::vector<std::vector<int>> seen;
  for (int run = 0; run < 20; ++run) {
    // What another one has left there makes no difference.
    std::memset(memory, 17 * run, sizeof(memory));
    EXPECT_EQ(RunOne(shared_dense, run), RunOne(dense, run)) << run;
    EXPECT_EQ(RunOne(shared_small_cnn, run), RunOne(small_cnn, run)) << run;
    EXPECT_EQ(RunOne(shared_halves, run), RunOne(halves, run)) << run;
    seen.push_back(RunOne(shared_small_cnn, run));
  }
  // Else the comparison says nothing.
  std::sort(seen.begin(), seen.end());
  EXPECT_GT(std::unique(seen.begin(), seen.end()) - seen.begin(), 10);
}

TEST(CompiledClasses, TwoOfOneModelAreApart) {
  static SmallCnn one;
  static SmallCnn other;
  ASSERT_EQ(one.Create(), Status::kOk);
  ASSERT_EQ(other.Create(), Status::kOk);
  const std::vector<int> first = RunOne(one, 1);
  RunOne(other, 2);
  std::vector<int> still;
  Read<0>(one, &still);
  EXPECT_EQ(still, first);
}

TEST(CompiledClasses, MemoryIsChecked) {
  alignas(16) static unsigned char memory[DenseInMemory::kMemorySize + 16];
  static DenseInMemory model;
  EXPECT_EQ(model.Invoke(), Status::kNotCreated);
  EXPECT_EQ(model.Create(nullptr, sizeof(memory)), Status::kArenaTooSmall);
  EXPECT_EQ(model.Create(memory, DenseInMemory::kMemorySize - 1), Status::kArenaTooSmall);
  EXPECT_EQ(model.Create(memory + 1, DenseInMemory::kMemorySize), Status::kMisalignedMemory);
  EXPECT_EQ(model.Invoke(), Status::kNotCreated);
  EXPECT_EQ(model.Create(memory, DenseInMemory::kMemorySize), Status::kOk);
  EXPECT_EQ(model.Invoke(), Status::kOk);
}

}  // namespace
