// SPDX-License-Identifier: Apache-2.0

// The generated classes of the int8 and the float32 model, on images.

#include "micro/classify.h"

#include <cstddef>
#include <cstdint>
#include <vector>

#include "gtest/gtest.h"
#include "micro/mnist_float_model.h"
#include "micro/mnist_model.h"
#include "micro/sample_image_data.h"

namespace mnist_micro {
namespace {

using inference::Status;

template <typename ModelClass>
ModelClass& Created() {
  static ModelClass model;
  EXPECT_EQ(model.Create(), Status::kOk);
  return model;
}

template <typename ModelClass>
auto Scores(ModelClass& model, const std::uint8_t* pixels) {
  EXPECT_EQ(Classify(model, pixels), Status::kOk);
  const auto output = model.output();
  using Type = typename ModelClass::template Output<0>::Type;
  return std::vector<Type>(output.begin(), output.end());
}

TEST(Classify, EveryPixelIsAStepOfTheInt8Model) {
  using Input = MnistModel::Input<0>;
  for (int pixel = 0; pixel < 256; ++pixel) {
    EXPECT_EQ(inference::Quantize<std::int8_t>(static_cast<float>(pixel) / 255.0f, Input::kScale,
                                               Input::kZeroPoint),
              pixel - 128);
  }
}

TEST(Classify, TheSampleImageIsAOneToBothModels) {
  MnistModel& model = Created<MnistModel>();
  EXPECT_EQ(Scores(model, kSampleImage).size(), 10u);
  EXPECT_EQ(model.ArgMax(), 1u);
  MnistFloatModel& floats = Created<MnistFloatModel>();
  EXPECT_EQ(Scores(floats, kSampleImage).size(), 10u);
  EXPECT_EQ(floats.ArgMax(), 1u);
}

TEST(Classify, GivesTheSameScoresEachTime) {
  MnistModel& model = Created<MnistModel>();
  const std::vector<std::int8_t> first = Scores(model, kSampleImage);
  std::vector<std::uint8_t> other(kSampleImage, kSampleImage + kSampleImageSize);
  for (std::uint8_t& pixel : other) pixel = static_cast<std::uint8_t>(255 - pixel);
  EXPECT_NE(Scores(model, other.data()), first);
  EXPECT_EQ(Scores(model, kSampleImage), first);
}

TEST(Classify, RefusesAModelThatWasNotCreated) {
  static MnistModel model;
  EXPECT_EQ(Classify(model, kSampleImage), Status::kNotCreated);
}

}  // namespace
}  // namespace mnist_micro
