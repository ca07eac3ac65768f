// SPDX-License-Identifier: Apache-2.0

#include "micro/op_profile.h"

#include <cstdint>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "micro/mnist_float_model_data.h"
#include "micro/mnist_model_data.h"

namespace mnist_micro {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::int64_t> AllMultiplyAccumulates(const std::uint8_t* data) {
  const tflite::Model& model = *tflite::GetModel(data);
  std::vector<std::int64_t> all;
  for (std::size_t i = 0; i < model.subgraphs()->Get(0)->operators()->size(); ++i) {
    all.push_back(MultiplyAccumulates(model, i));
  }
  return all;
}

TEST(MultiplyAccumulates, FollowFromTheShapes) {
  const std::int64_t conv = 26 * 26 * 8 * (3 * 3 * 1);
  EXPECT_THAT(AllMultiplyAccumulates(kMnistModel),
              ElementsAre(conv, 0, 0, 13 * 13 * 8 * 16, 16 * 10, 0));
}

TEST(MultiplyAccumulates, AreThoseOfTheFloatModelToo) {
  std::int64_t sum = 0;
  for (const std::int64_t each : AllMultiplyAccumulates(kMnistFloatModel)) sum += each;
  EXPECT_EQ(sum, 70'464);
}

TEST(OpTimer, KeepsOneSeriesForEachOperatorInTheOrderOfTheRun) {
  OpTimer timer;
  for (int run = 0; run < 3; ++run) {
    timer.StartRun();
    for (const char* name : {"A", "B", "A"}) timer.EndEvent(timer.BeginEvent(name));
  }
  ASSERT_EQ(timer.events().size(), 3u);
  EXPECT_EQ(timer.events()[0].name, "A");
  EXPECT_EQ(timer.events()[1].name, "B");
  EXPECT_EQ(timer.events()[2].name, "A");
  for (const OpTimer::Event& event : timer.events()) {
    ASSERT_EQ(event.ticks.size(), 3u);
    for (const std::int64_t ticks : event.ticks) EXPECT_GE(ticks, 0);
  }
}

TEST(ProfileOps, CoversEveryOperatorAndAllOfTheTime) {
  std::vector<OpProfile> profiles;
  ASSERT_THAT(ProfileOps(50, profiles), IsEmpty());
  std::vector<std::string> names;
  double share = 0.0;
  for (const OpProfile& profile : profiles) {
    names.push_back(profile.name);
    share += profile.share;
  }
  EXPECT_THAT(names, ElementsAre("CONV_2D", "MAX_POOL_2D", "RESHAPE", "FULLY_CONNECTED",
                                 "FULLY_CONNECTED", "SOFTMAX"));
  EXPECT_NEAR(share, 1.0, 1e-9);
  // 48,672 multiply-accumulates against 160.
  EXPECT_GT(profiles[0].ticks, profiles[4].ticks);
}

TEST(ProfileOps, RefusesToMeasureNothing) {
  std::vector<OpProfile> profiles;
  EXPECT_EQ(ProfileOps(0, profiles), "there must be at least one iteration");
}

}  // namespace
}  // namespace mnist_micro
