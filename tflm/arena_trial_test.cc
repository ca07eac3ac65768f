// SPDX-License-Identifier: Apache-2.0

#include "mnist_micro/tflm/arena_trial.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tflm/testing/small_cnn_arena.h"
#include "tflm/testing/small_cnn_data.h"
#include "tflm/testing/small_cnn_op_resolver.h"

namespace mnist_micro::tflm {

namespace {
std::string printed;
}  // namespace

void PrintTrial(const char* text) { printed += text; }

namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::StartsWith;
using ::tflm_test::kSmallCnn;
using ::tflm_test::kSmallCnnArenaSize;

constexpr std::size_t kLargest = 128 * 1024;
constexpr std::size_t kPixels = 144;

const tflite::MicroOpResolver* Resolver() {
  static tflm_test::SmallCnnOpResolver resolver;
  static const TfLiteStatus status = tflm_test::RegisterSmallCnnOps(resolver);
  EXPECT_EQ(status, kTfLiteOk);
  return &resolver;
}

TrialModel SmallCnn(std::size_t largest = kLargest) {
  alignas(16) static std::uint8_t memory[kArenaGuard + kLargest + kArenaGuard];
  alignas(16) static std::uint8_t variables[VariableBytes(0)];
  return {kSmallCnn, Resolver(), 0, variables, 0, nullptr, 0, memory, largest};
}

// What is printed for some arguments.
std::string Try(const TrialModel& model, std::vector<std::string> arguments, int exit_code = 0) {
  std::vector<char*> argv = {nullptr};
  for (std::string& argument : arguments) argv.push_back(argument.data());
  printed.clear();
  EXPECT_EQ(TryArenas(model, static_cast<int>(argv.size()), argv.data()), exit_code);
  return std::exchange(printed, "");
}

std::string Try(const TrialModel& model, std::size_t size) {
  return Try(model, std::vector<std::string>{std::to_string(size)});
}

// What follows the size in a line.
std::string Outcome(const TrialModel& model, std::size_t size) {
  const std::string line = Try(model, size);
  const std::string start = "{\"arena\": " + std::to_string(size) + ", ";
  EXPECT_THAT(line, AllOf(StartsWith(start), EndsWith("}\n")));
  return line.substr(start.size());
}

TEST(ArenaTrial, PrintsTheDigestsOfBothRuns) {
  const std::string line = Try(SmallCnn(), kSmallCnnArenaSize);
  EXPECT_THAT(line, MatchesRegex("\\{\"arena\": [0-9]+, \"outcome\": \"ran\", \"output_bytes\": 5, "
                                 "\"digests\": \\[\"[0-9a-f]+\", \"[0-9a-f]+\"\\]\\}\n"));
  // The model has no state.
  const std::size_t first = line.find("[\"");
  EXPECT_EQ(line.substr(first + 2, 16), line.substr(first + 22, 16));
  EXPECT_EQ(Outcome(SmallCnn(), kSmallCnnArenaSize), Outcome(SmallCnn(), kLargest));
}

TEST(ArenaTrial, GivesUpCleanlyBelowTheMeasuredSize) {
  EXPECT_EQ(Outcome(SmallCnn(), kSmallCnnArenaSize - kArenaStep),
            "\"outcome\": \"refused\", \"why\": \"the tensors could not be allocated\"}\n");
}

TEST(ArenaTrial, RefusesAnArenaLargerThanItsMemory) {
  EXPECT_THAT(Outcome(SmallCnn(1024), 1024 + kArenaStep), HasSubstr("larger than the largest"));
}

TEST(ArenaTrial, TakesGivenInputs) {
  std::uint8_t white[kPixels];
  std::uint8_t black[kPixels];
  for (std::size_t i = 0; i < kPixels; ++i) {
    white[i] = 127;
    black[i] = 128;
  }
  TrialModel model = SmallCnn();
  const TrialInput inputs[] = {{white, kPixels}, {black, kPixels}};
  model.inputs = inputs;
  model.inputs_size = 1;
  const std::string of_white = Outcome(model, kLargest);
  EXPECT_THAT(of_white, HasSubstr("\"ran\""));
  model.inputs = inputs + 1;
  EXPECT_NE(Outcome(model, kLargest), of_white);
  EXPECT_NE(Outcome(SmallCnn(), kLargest), of_white);
}

TEST(ArenaTrial, RefusesOtherInputsThanTheModelHas) {
  const std::uint8_t bytes[3] = {1, 2, 3};
  const TrialInput inputs[] = {{bytes, 3}, {bytes, 3}};
  TrialModel model = SmallCnn();
  model.inputs = inputs;
  model.inputs_size = 1;
  EXPECT_THAT(Outcome(model, kLargest), HasSubstr("\"input 0 has 144 bytes, but 3 are given\""));
  model.inputs_size = 2;
  EXPECT_THAT(Outcome(model, kLargest), HasSubstr("\"the model has 1 inputs, but 2 are given\""));
}

TEST(ArenaTrial, AccountsForTheArena) {
  EXPECT_THAT(Try(SmallCnn(), std::vector<std::string>{"account"}),
              AllOf(StartsWith("{\"target\": \""), HasSubstr("\"largest\": 131072, \"used\": "),
                    HasSubstr("\"persistent_by_type\": {\"eval tensors\": "), EndsWith("}}\n")));
}

TEST(ArenaTrial, ALineForEachArgument) {
  const std::string size = std::to_string(kSmallCnnArenaSize);
  const std::string once = Try(SmallCnn(), kSmallCnnArenaSize);
  EXPECT_EQ(Try(SmallCnn(), {size, size}), once + once);
  EXPECT_EQ(Try(SmallCnn(), std::vector<std::string>{}), "");
}

TEST(ArenaTrial, RefusesOtherArguments) {
  for (const char* argument : {"", "-16", "16 ", "x", "99999999999999999999999"}) {
    EXPECT_THAT(Try(SmallCnn(), std::vector<std::string>{argument}, 2), HasSubstr("\"fault\""))
        << argument;
  }
}

TEST(ArenaTrial, SaysSoWithoutOperators) {
  TrialModel model = SmallCnn();
  model.resolver = nullptr;
  EXPECT_EQ(Try(model, 1024), "{\"fault\": \"the operators could not be registered\"}\n");
}

}  // namespace
}  // namespace mnist_micro::tflm
