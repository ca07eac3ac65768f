// SPDX-License-Identifier: Apache-2.0

// Four models of other people in one program, each with its known outcome, as in the crate's own
// tests and TensorFlow's.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <vector>

#include "gtest/gtest.h"
#include "tests/real_models/hello_world.h"
#include "tests/real_models/magic_wand.h"
#include "tests/real_models/micro_speech.h"
#include "tests/real_models/person_detection.h"

namespace inference = mnist_micro::inference;

namespace real_models {
namespace {

using inference::Status;

std::vector<std::uint8_t> ReadFile(const char* variable) {
  std::ifstream file(std::getenv(variable), std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

template <typename ModelClass>
std::size_t ClassOf(ModelClass& model, const char* variable) {
  const std::vector<std::uint8_t> sample = ReadFile(variable);
  const auto input = model.input();
  EXPECT_EQ(sample.size(), input.size()) << variable;
  if (sample.size() != input.size()) return SIZE_MAX;
  std::memcpy(input.data(), sample.data(), sample.size());
  EXPECT_EQ(model.Invoke(), Status::kOk);
  return model.ArgMax();
}

TEST(HelloWorld, IsASine) {
  static HelloWorld model;
  ASSERT_EQ(model.Create(), Status::kOk);
  for (int i = 0; i <= 62; ++i) {
    const float x = static_cast<float>(i) / 10.0f;
    float y = 0.0f;
    ASSERT_EQ(model.QuantizeInput(&x, 1), Status::kOk);
    ASSERT_EQ(model.Invoke(), Status::kOk);
    ASSERT_EQ(model.DequantizeOutput(&y, 1), Status::kOk);
    EXPECT_NEAR(y, std::sin(x), 0.15f) << x;
  }
}

// Wing, ring, slope, negative.
TEST(MagicWand, KnowsItsGestures) {
  static MagicWand model;
  ASSERT_EQ(model.Create(), Status::kOk);
  const auto gesture = [](const char* variable) {
    const std::vector<std::uint8_t> bytes = ReadFile(variable);  // Big-endian floats.
    std::vector<float> values(bytes.size() / 4);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const std::uint32_t bits = static_cast<std::uint32_t>(bytes[4 * i]) << 24 |
                                 bytes[4 * i + 1] << 16 | bytes[4 * i + 2] << 8 | bytes[4 * i + 3];
      std::memcpy(&values[i], &bits, sizeof(bits));
    }
    EXPECT_EQ(model.QuantizeInput(values.data(), values.size()), Status::kOk);
    EXPECT_EQ(model.Invoke(), Status::kOk);
    return model.ArgMax();
  };
  EXPECT_EQ(gesture("SLOPE"), 2u);
  EXPECT_EQ(gesture("RING"), 1u);
}

// Silence, unknown, yes, no.
TEST(MicroSpeech, TellsYesFromNo) {
  static MicroSpeech model;
  ASSERT_EQ(model.Create(), Status::kOk);
  EXPECT_EQ(ClassOf(model, "YES"), 2u);
  EXPECT_EQ(ClassOf(model, "NO"), 3u);
}

// Unused, person, no person.
TEST(PersonDetection, SeesAPerson) {
  static PersonDetection model;
  ASSERT_EQ(model.Create(), Status::kOk);
  EXPECT_EQ(ClassOf(model, "PERSON"), 1u);
  EXPECT_EQ(ClassOf(model, "NO_PERSON"), 2u);
}

}  // namespace
}  // namespace real_models
