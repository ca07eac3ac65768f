// SPDX-License-Identifier: Apache-2.0

// All 10,000 test images through our C++ inference on TFLM: as many are right as TensorFlow's own
// interpreter with reference kernels gets right, and no fewer than the promised share. The same model
// compiled to C gives the same scores.

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <regex>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "micro/classify.h"
#include "micro/mnist_model.h"
#include "micro/mnist_model_aot.h"

namespace mnist_micro {
namespace {

std::vector<char> ReadFile(const char* variable) {
  std::ifstream file(std::getenv(variable), std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

constexpr std::size_t kImages = 10'000;

TEST(TflmAccuracy, EqualsTensorFlowsOnAllTestImages) {
  const std::vector<char> images = ReadFile("TEST_IMAGES");
  const std::vector<char> labels = ReadFile("TEST_LABELS");
  ASSERT_EQ(images.size(), 16 + kImages * kImagePixels);
  ASSERT_EQ(labels.size(), 8 + kImages);

  static MnistModel model;
  ASSERT_EQ(model.Create(), inference::Status::kOk);
  int correct = 0;
  for (std::size_t i = 0; i < kImages; ++i) {
    const auto* pixels =
        reinterpret_cast<const std::uint8_t*>(images.data() + 16 + i * kImagePixels);
    ASSERT_EQ(Classify(model, pixels), inference::Status::kOk) << "image " << i;
    correct += model.ArgMax() == static_cast<std::size_t>(labels[8 + i]);
  }
  EXPECT_GE(correct, std::stoi(std::getenv("LEAST_INT8")));

  const std::vector<char> report = ReadFile("ACCURACY");
  const std::string text(report.begin(), report.end());
  std::smatch match;
  ASSERT_TRUE(std::regex_search(
      text, match, std::regex(R"re("tflite-int8": \{\s*"images": 10000,\s*"correct": (\d+))re")))
      << text;
  EXPECT_EQ(std::to_string(correct), match[1].str());
}

TEST(TflmAccuracy, IsThatOfTheCompiledModelOnAllTestImages) {
  const std::vector<char> images = ReadFile("TEST_IMAGES");
  ASSERT_EQ(images.size(), 16 + kImages * kImagePixels);
  static MnistModel model;
  static MnistModelAot compiled;
  ASSERT_EQ(model.Create(), inference::Status::kOk);
  ASSERT_EQ(compiled.Create(), inference::Status::kOk);
  for (std::size_t i = 0; i < kImages; ++i) {
    const auto* pixels =
        reinterpret_cast<const std::uint8_t*>(images.data() + 16 + i * kImagePixels);
    ASSERT_EQ(Classify(model, pixels), inference::Status::kOk) << "image " << i;
    ASSERT_EQ(Classify(compiled, pixels), inference::Status::kOk) << "image " << i;
    for (std::size_t j = 0; j < model.output().size(); ++j) {
      ASSERT_EQ(compiled.output()[j], model.output()[j]) << "image " << i << ", score " << j;
    }
  }
}

}  // namespace
}  // namespace mnist_micro
