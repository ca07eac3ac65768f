#include "micro/inference.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "micro/mnist_float_model_data.h"
#include "micro/mnist_model_data.h"
#include "micro/model_verifier.h"
#include "micro/sample_image_data.h"

namespace mnist_micro {
namespace {

using ::testing::StrEq;

// A copy that a test may damage, aligned as the verifier wants it.
struct alignas(16) ModelCopy {
  std::uint8_t data[kMnistModelSize];
  ModelCopy() { std::memcpy(data, kMnistModel, kMnistModelSize); }
};

Inference& SharedInference() {
  static Inference inference;
  return inference;
}

TEST(Quantize, RoundsToNearestAndClamps) {
  constexpr float kScale = 1.0f / 255.0f;
  for (int pixel = 0; pixel < 256; ++pixel) {
    EXPECT_EQ(Quantize(static_cast<float>(pixel) / 255.0f, kScale, -128), pixel - 128);
  }
  EXPECT_EQ(Quantize(0.25f, 0.5f, -3), -2);
  EXPECT_EQ(Quantize(-0.25f, 0.5f, -3), -4);
  EXPECT_EQ(Quantize(1e30f, 0.5f, 0), 127);
  EXPECT_EQ(Quantize(-1e30f, 0.5f, 0), -128);
  EXPECT_EQ(Quantize(std::nanf(""), 0.5f, 0), -128);
}

TEST(ArgMax, TakesTheFirstOfEqualScores) {
  const std::int8_t scores[] = {-128, 5, 127, 127, -1};
  EXPECT_EQ(ArgMax(scores, 5), 2u);
  EXPECT_EQ(ArgMax(scores, 1), 0u);
}

TEST(Inference, ClassifiesTheSampleImage) {
  Inference& inference = SharedInference();
  ASSERT_EQ(inference.Initialize(kMnistModel, kMnistModelSize), InferenceStatus::kOk);
  EXPECT_EQ(inference.model_fault(), nullptr);
  std::int8_t scores[kNumClasses];
  ASSERT_EQ(inference.Invoke(kSampleImage, scores), InferenceStatus::kOk);
  EXPECT_EQ(ArgMax(scores, kNumClasses), 1u);
}

TEST(Inference, DescribesInputAndOutput) {
  Inference& inference = SharedInference();
  ASSERT_EQ(inference.Initialize(kMnistModel, kMnistModelSize), InferenceStatus::kOk);
  EXPECT_EQ(inference.input().bytes, kImagePixels);
  EXPECT_FLOAT_EQ(inference.input().scale, 1.0f / 255.0f);
  EXPECT_EQ(inference.input().zero_point, -128);
  EXPECT_EQ(inference.output().bytes, kNumClasses);
  EXPECT_FLOAT_EQ(inference.output().scale, 1.0f / 256.0f);
  EXPECT_EQ(inference.output().zero_point, -128);
  EXPECT_EQ(inference.output().num_dims, 2);
  EXPECT_GT(inference.arena_used_bytes(), 0u);
  EXPECT_LE(inference.arena_used_bytes(), kArenaSize);
}

TEST(Inference, GivesTheSameScoresEachTime) {
  Inference& inference = SharedInference();
  ASSERT_EQ(inference.Initialize(kMnistModel, kMnistModelSize), InferenceStatus::kOk);
  std::int8_t first[kNumClasses], second[kNumClasses];
  const std::vector<std::uint8_t> black(kImagePixels, 0);
  ASSERT_EQ(inference.Invoke(kSampleImage, first), InferenceStatus::kOk);
  ASSERT_EQ(inference.Invoke(black.data(), second), InferenceStatus::kOk);
  ASSERT_EQ(inference.Invoke(kSampleImage, second), InferenceStatus::kOk);
  EXPECT_TRUE(std::equal(first, first + kNumClasses, second));
}

TEST(Inference, TwoInstancesDoNotDisturbEachOther) {
  static Inference other;
  Inference& inference = SharedInference();
  ASSERT_EQ(inference.Initialize(kMnistModel, kMnistModelSize), InferenceStatus::kOk);
  ASSERT_EQ(other.Initialize(kMnistModel, kMnistModelSize), InferenceStatus::kOk);
  std::int8_t scores[kNumClasses], others[kNumClasses];
  const std::vector<std::uint8_t> white(kImagePixels, 255);
  ASSERT_EQ(inference.Invoke(kSampleImage, scores), InferenceStatus::kOk);
  ASSERT_EQ(other.Invoke(white.data(), others), InferenceStatus::kOk);
  ASSERT_EQ(other.Invoke(kSampleImage, others), InferenceStatus::kOk);
  EXPECT_TRUE(std::equal(scores, scores + kNumClasses, others));
}

TEST(Inference, RefusesToInvokeWithoutAModel) {
  static Inference inference;
  std::int8_t scores[kNumClasses];
  EXPECT_EQ(inference.Invoke(kSampleImage, scores), InferenceStatus::kNotInitialized);
  EXPECT_EQ(inference.arena_used_bytes(), 0u);
}

TEST(Inference, RefusesTheFloatModel) {
  static Inference inference;
  EXPECT_NE(inference.Initialize(kMnistFloatModel, kMnistFloatModelSize), InferenceStatus::kOk);
  std::int8_t scores[kNumClasses];
  EXPECT_EQ(inference.Invoke(kSampleImage, scores), InferenceStatus::kNotInitialized);
}

TEST(Inference, IsUsableAgainAfterABadModel) {
  static Inference inference;
  static ModelCopy model;
  model.data[4] = 'X';
  EXPECT_EQ(inference.Initialize(model.data, kMnistModelSize), InferenceStatus::kDamagedModel);
  EXPECT_THAT(inference.model_fault(), StrEq("it has no identifier 'TFL3'"));
  EXPECT_EQ(inference.Initialize(kMnistModel, kMnistModelSize), InferenceStatus::kOk);
  EXPECT_EQ(inference.model_fault(), nullptr);
}

TEST(FindModelFault, FindsNoneInTheRealModels) {
  EXPECT_EQ(FindModelFault(kMnistModel, kMnistModelSize), nullptr);
  EXPECT_EQ(FindModelFault(kMnistFloatModel, kMnistFloatModelSize), nullptr);
}

TEST(FindModelFault, RefusesEveryTruncation) {
  EXPECT_THAT(FindModelFault(kMnistModel, 0), StrEq("it is empty"));
  EXPECT_THAT(FindModelFault(kMnistModel, 7), StrEq("it is truncated"));
  // The last bytes may be padding: all that is known is that much must be there.
  for (std::size_t size = 16; size + 64 < kMnistModelSize; size += 13) {
    ASSERT_NE(FindModelFault(kMnistModel, size), nullptr) << size;
  }
}

TEST(FindModelFault, RefusesRandomBytes) {
  static ModelCopy model;
  std::uint32_t state = 1;
  for (std::uint8_t& byte : model.data) {
    state = state * 1664525u + 1013904223u;
    byte = static_cast<std::uint8_t>(state >> 24);
  }
  EXPECT_THAT(FindModelFault(model.data, kMnistModelSize), StrEq("it has no identifier 'TFL3'"));
  std::memcpy(model.data + 4, "TFL3", 4);
  EXPECT_THAT(FindModelFault(model.data, kMnistModelSize),
              StrEq("its flatbuffer is truncated or damaged"));
}

TEST(FindModelFault, RefusesAnotherSchemaVersion) {
  static ModelCopy model;
  // The root table's version field: the only uint32 3 among the first fields; found by trying.
  bool refused = false;
  for (std::size_t i = 8; i < 128 && !refused; i += 4) {
    std::uint32_t word;
    std::memcpy(&word, model.data + i, 4);
    if (word != 3) continue;
    word = 4;
    std::memcpy(model.data + i, &word, 4);
    const char* fault = FindModelFault(model.data, kMnistModelSize);
    refused = fault != nullptr && std::strcmp(fault, "its schema version is not 3") == 0;
    word = 3;
    std::memcpy(model.data + i, &word, 4);
  }
  EXPECT_TRUE(refused);
}

TEST(ModelArrays, AreAlignedAndDistinct) {
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(kMnistModel) % 16, 0u);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(kMnistFloatModel) % 16, 0u);
  EXPECT_NE(kMnistModelSize, kMnistFloatModelSize);
}

}  // namespace
}  // namespace mnist_micro
