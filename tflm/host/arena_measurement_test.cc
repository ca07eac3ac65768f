// SPDX-License-Identifier: Apache-2.0

#include "mnist_micro/tflm/host/arena_measurement.h"

#include <cstddef>
#include <cstdint>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tflm/testing/small_cnn_arena.h"
#include "tflm/testing/small_cnn_data.h"
#include "tflm/testing/small_cnn_op_resolver.h"

namespace mnist_micro::tflm {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::tflm_test::kSmallCnn;
using ::tflm_test::kSmallCnnArenaSize;

constexpr std::size_t kLargest = 256 * 1024;

const tflite::MicroOpResolver& Resolver() {
  static tflm_test::SmallCnnOpResolver resolver;
  static const TfLiteStatus status = tflm_test::RegisterSmallCnnOps(resolver);
  EXPECT_EQ(status, kTfLiteOk);
  return resolver;
}

constexpr std::size_t kPixels = 144;

// White on the left, black on the right.
ArenaMeasurement::Bytes SampleImage() {
  ArenaMeasurement::Bytes image(kPixels);
  for (std::size_t i = 0; i < kPixels; ++i) image[i] = i % 12 < 6 ? 127 : 128;
  return image;
}

TEST(FindSmallestArena, FindsEveryThreshold) {
  constexpr std::size_t kMost = 40 * kArenaStep;
  for (std::size_t needed = 1; needed <= kMost; ++needed) {
    const std::size_t found =
        FindSmallestArena(kMost, [needed](std::size_t size) { return size >= needed; });
    EXPECT_EQ(found, (needed + kArenaStep - 1) / kArenaStep * kArenaStep) << needed;
  }
}

TEST(FindSmallestArena, FindsNoneWhereNoneWorks) {
  EXPECT_EQ(FindSmallestArena(1024, [](std::size_t) { return false; }), 0u);
  EXPECT_EQ(FindSmallestArena(kArenaStep - 1, [](std::size_t) { return true; }), 0u);
}

// Whatever the input, the arena is the same.
TEST(ArenaMeasurement, FindsTheBuiltSizeWithTheSampleImage) {
  ArenaMeasurement arena(kSmallCnn, Resolver(), 0, {SampleImage()}, 0, kLargest);
  ASSERT_THAT(arena.fault(), IsEmpty());
  EXPECT_EQ(arena.FindSmallest(), kSmallCnnArenaSize);
}

TEST(ArenaMeasurement, TellsOutcomesApart) {
  ArenaMeasurement arena(kSmallCnn, Resolver(), 0, {}, 0, kLargest);
  ASSERT_THAT(arena.fault(), IsEmpty());
  EXPECT_EQ(kSmallCnnArenaSize % kArenaStep, 0u);
  EXPECT_EQ(arena.Try(kSmallCnnArenaSize), ArenaOutcome::kWorks);
  EXPECT_EQ(arena.Try(kSmallCnnArenaSize + kArenaStep), ArenaOutcome::kWorks);
  EXPECT_EQ(arena.Try(kSmallCnnArenaSize - kArenaStep), ArenaOutcome::kRefused);
  EXPECT_EQ(arena.Try(kLargest + kArenaStep), ArenaOutcome::kRefused);
}

// In processes of their own: far below, TFLM may crash. Bisection relies on none of them working.
TEST(ArenaMeasurement, NoSmallerOneWorks) {
  ArenaMeasurement arena(kSmallCnn, Resolver(), 0, {SampleImage()}, 0, kLargest);
  for (std::size_t size = 0; size < kSmallCnnArenaSize; size += 7 * kArenaStep) {
    const ArenaOutcome outcome = arena.TryInChild(size);
    EXPECT_NE(outcome, ArenaOutcome::kWorks) << size;
    EXPECT_NE(outcome, ArenaOutcome::kWrongOutput) << size;
  }
  EXPECT_EQ(arena.TryInChild(kSmallCnnArenaSize), ArenaOutcome::kWorks);
}

TEST(ArenaMeasurement, SaysWhyAModelDoesNotRun) {
  EXPECT_THAT(ArenaMeasurement(kSmallCnn, Resolver(), 0, {}, 0, 1024).fault(),
              HasSubstr("could not be allocated in an arena of 1024 bytes"));
  EXPECT_EQ(ArenaMeasurement(kSmallCnn, Resolver(), 0, {{1, 2, 3}}, 0, kLargest).fault(),
            "input 0 has 144 bytes, but 3 are given");
  EXPECT_EQ(ArenaMeasurement(kSmallCnn, Resolver(), 0, {{1}, {2}}, 0, kLargest).fault(),
            "the model has 1 inputs, but 2 are given");
  ArenaMeasurement arena(kSmallCnn, Resolver(), 0, {}, 0, 1024);
  EXPECT_EQ(arena.Try(512), ArenaOutcome::kRefused);
  EXPECT_EQ(arena.FindSmallest(), 0u);
}

TEST(ArenaMeasurement, PartsAddUp) {
  ArenaMeasurement arena(kSmallCnn, Resolver(), 0, {}, 0, kLargest);
  ArenaReport report;
  ASSERT_THAT(arena.Describe(report), IsEmpty());
  EXPECT_EQ(report.non_persistent + report.persistent, report.used);
  EXPECT_LE(report.used, kSmallCnnArenaSize);
  std::size_t sum = 0;
  for (const ArenaPart& part : report.persistent_parts) sum += part.bytes;
  EXPECT_EQ(sum, report.persistent);
  // The input and the output of the convolution are alive at the same time.
  EXPECT_GE(report.non_persistent, kPixels);
  // Both TFLMs record most of what persists.
  EXPECT_LT(report.persistent_parts.back().bytes, report.persistent / 2);
}

}  // namespace
}  // namespace mnist_micro::tflm
