#include "micro/arena_measurement.h"

#include <cstddef>
#include <cstdint>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "micro/inference.h"
#include "micro/mnist_model_arena.h"
#include "micro/mnist_model_data.h"
#include "micro/sample_image_data.h"

namespace mnist_micro {
namespace {

using ::testing::IsEmpty;

TEST(FindSmallestArena, FindsEveryThreshold) {
  constexpr std::size_t kLargest = 40 * kArenaStep;
  for (std::size_t needed = 1; needed <= kLargest; ++needed) {
    const std::size_t found =
        FindSmallestArena(kLargest, [needed](std::size_t size) { return size >= needed; });
    EXPECT_EQ(found, (needed + kArenaStep - 1) / kArenaStep * kArenaStep) << needed;
  }
}

TEST(FindSmallestArena, FindsNoneWhereNoneWorks) {
  EXPECT_EQ(FindSmallestArena(1024, [](std::size_t) { return false; }), 0u);
  EXPECT_EQ(FindSmallestArena(kArenaStep - 1, [](std::size_t) { return true; }), 0u);
}

TEST(MeasuredArena, IsTheSmallestThatWorks) {
  EXPECT_EQ(kMnistModelArenaSize % kArenaStep, 0u);
  EXPECT_EQ(TryArena(kMnistModelArenaSize), ArenaOutcome::kWorks);
  EXPECT_EQ(TryArena(kMnistModelArenaSize + kArenaStep), ArenaOutcome::kWorks);
  EXPECT_EQ(TryArena(kMnistModelArenaSize - kArenaStep), ArenaOutcome::kRefused);
}

// In processes of their own: far below, TFLM may crash. Bisection relies on none of them working.
TEST(MeasuredArena, NoSmallerOneWorks) {
  for (std::size_t size = 0; size < kMnistModelArenaSize; size += 7 * kArenaStep) {
    const ArenaOutcome outcome = TryArenaInChild(size);
    EXPECT_NE(outcome, ArenaOutcome::kWorks) << size;
    EXPECT_NE(outcome, ArenaOutcome::kWrongOutput) << size;
  }
  EXPECT_EQ(TryArenaInChild(kMnistModelArenaSize), ArenaOutcome::kWorks);
}

TEST(MeasuredArena, IsWhatTheInferenceHas) {
  static_assert(kArenaSize >= kMnistModelArenaSize && kArenaSize < kMnistModelArenaSize + 16);
  static Inference inference;
  ASSERT_EQ(inference.Initialize(kMnistModel, kMnistModelSize), InferenceStatus::kOk);
  std::int8_t scores[kNumClasses];
  ASSERT_EQ(inference.Invoke(kSampleImage, scores), InferenceStatus::kOk);
  EXPECT_EQ(ArgMax(scores, kNumClasses), 1u);
}

TEST(MeasuredArena, SixteenBytesLessFailCleanlyInTheInference) {
  static Inference inference;
  std::int8_t scores[kNumClasses];
  EXPECT_EQ(inference.Initialize(kMnistModel, kMnistModelSize, kArenaSize - 16),
            InferenceStatus::kArenaTooSmall);
  EXPECT_EQ(inference.Invoke(kSampleImage, scores), InferenceStatus::kNotInitialized);
  ASSERT_EQ(inference.Initialize(kMnistModel, kMnistModelSize), InferenceStatus::kOk);
  EXPECT_EQ(inference.Invoke(kSampleImage, scores), InferenceStatus::kOk);
}

TEST(DescribeArena, PartsAddUp) {
  ArenaReport report;
  ASSERT_THAT(DescribeArena(report), IsEmpty());
  EXPECT_EQ(report.non_persistent + report.persistent, report.used);
  EXPECT_LE(report.used, kMnistModelArenaSize);
  std::size_t sum = 0;
  for (const ArenaPart& part : report.persistent_parts) sum += part.bytes;
  EXPECT_EQ(sum, report.persistent);
  // The input and the output of the convolution are alive at the same time.
  EXPECT_GE(report.non_persistent, kImagePixels);
  // Both TFLMs record most of what persists.
  EXPECT_LT(report.persistent_parts.back().bytes, report.persistent / 2);
}

}  // namespace
}  // namespace mnist_micro
