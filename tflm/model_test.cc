// SPDX-License-Identifier: Apache-2.0

// The generated classes of two models: two models and two instances of one in one program, every
// status, and no heap.

#include "mnist_micro/tflm/model.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <type_traits>
#include <vector>

#include "gtest/gtest.h"
#include "tflm/testing/small_cnn.h"
#include "tflm/testing/small_cnn_data.h"
#include "tflm/testing/small_float_cnn.h"

namespace {

// Counts what is allocated, by whomever.
std::size_t allocations = 0;

}  // namespace

void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  std::abort();
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return ::operator new(size);
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace mnist_micro::tflm {
namespace {

using inference::StatusMessage;
using inference::TensorList;
using tflm_test::SmallCnn;
using tflm_test::SmallFloatCnn;
using Pixels = std::vector<float>;

constexpr std::size_t kPixels = SmallCnn::Input<0>::kSize;
constexpr std::size_t kClasses = SmallCnn::Output<0>::kSize;

// White on the left, black on the right.
Pixels SampleImage() {
  Pixels values(kPixels);
  for (std::size_t i = 0; i < kPixels; ++i) values[i] = i % 12 < 6 ? 1.0f : 0.0f;
  return values;
}

template <typename ModelClass>
std::vector<float> Classify(ModelClass& model, const Pixels& pixels) {
  std::vector<float> scores(kClasses);
  EXPECT_EQ(model.QuantizeInput(pixels.data(), pixels.size()), Status::kOk);
  EXPECT_EQ(model.Invoke(), Status::kOk);
  EXPECT_EQ(model.DequantizeOutput(scores.data(), scores.size()), Status::kOk);
  return scores;
}

TEST(Model, KnowsItsTensorsAtCompileTime) {
  static_assert(SmallCnn::kNumInputs == 1 && SmallCnn::kNumOutputs == 1);
  static_assert(std::is_same_v<SmallCnn::Input<0>::Type, std::int8_t>);
  static_assert(std::is_same_v<SmallFloatCnn::Input<0>::Type, float>);
  static_assert(kPixels == 144 && kClasses == 5);
  static_assert(SmallCnn::Input<0>::kZeroPoint == -128);
  static_assert(
      std::is_const_v<std::remove_reference_t<decltype(std::declval<SmallCnn>().output()[0])>>);
  static_assert(SmallCnn::kArenaSize % 16 == 0);
}

TEST(Model, ItsOlderNamesStillWork) {
  static SmallCnn model;
  const ::tflm_model::Status status = model.Invoke();
  EXPECT_EQ(status, ::tflm_model::Status::kNotCreated);
  EXPECT_STREQ(::tflm_model::StatusMessage(status), StatusMessage(Status::kNotCreated));
}

TEST(Model, TwoModelsAndTwoInstancesDoNotDisturbOneAnother) {
  static SmallCnn one;
  static SmallCnn two;
  static SmallFloatCnn three;
  ASSERT_EQ(one.Create(), Status::kOk);
  ASSERT_EQ(two.Create(), Status::kOk);
  ASSERT_EQ(three.Create(), Status::kOk);
  const Pixels image = SampleImage();
  Pixels other = image;
  for (float& value : other) value = 1.0f - value;
  const std::vector<float> expected = Classify(one, image);
  const std::vector<float> expected_other = Classify(two, other);
  const std::size_t best = one.ArgMax();
  EXPECT_EQ(expected[best], *std::max_element(expected.begin(), expected.end()));
  EXPECT_NE(expected, expected_other);
  const std::vector<float> expected_float = Classify(three, image);
  EXPECT_EQ(three.ArgMax(), best);
  EXPECT_NEAR(expected_float[best], expected[best], 0.05f);
  // What the others did is not to be seen.
  EXPECT_EQ(one.output().Get(best), expected[best]);
  EXPECT_EQ(Classify(two, image), expected);
  EXPECT_EQ(Classify(one, other), expected_other);
  EXPECT_EQ(Classify(three, image), expected_float);
}

TEST(Model, RefusesToRunBeforeCreate) {
  static SmallCnn model;
  std::vector<float> values(kPixels);
  EXPECT_EQ(model.Invoke(), Status::kNotCreated);
  EXPECT_EQ(model.QuantizeInput(values.data(), kPixels), Status::kNotCreated);
  EXPECT_EQ(model.DequantizeOutput(values.data(), kClasses), Status::kNotCreated);
  EXPECT_TRUE(model.input().empty());
  EXPECT_TRUE(model.output().empty());
  EXPECT_EQ(model.ArgMax(), 0u);
  EXPECT_EQ(model.arena_used_bytes(), 0u);
}

TEST(Model, RefusesOtherSizes) {
  static SmallCnn model;
  ASSERT_EQ(model.Create(), Status::kOk);
  std::vector<float> values(kPixels + 1);
  EXPECT_EQ(model.QuantizeInput(values.data(), kPixels - 1), Status::kWrongSize);
  EXPECT_EQ(model.QuantizeInput(values.data(), kPixels + 1), Status::kWrongSize);
  EXPECT_EQ(model.DequantizeOutput(values.data(), kClasses + 1), Status::kWrongSize);
}

TEST(Model, SixteenBytesLessFailCleanlyAndRecover) {
  struct Tested : SmallCnn {
    using SmallCnn::CreateWithin;
  };
  static Tested model;
  ASSERT_EQ(model.Create(), Status::kOk);
  const std::vector<float> expected = Classify(model, SampleImage());
  EXPECT_EQ(model.CreateWithin(SmallCnn::kArenaSize - 16), Status::kArenaTooSmall);
  EXPECT_EQ(model.Invoke(), Status::kNotCreated);
  ASSERT_EQ(model.Create(), Status::kOk);
  EXPECT_LE(model.arena_used_bytes(), SmallCnn::kArenaSize);
  EXPECT_EQ(Classify(model, SampleImage()), expected);
}

TEST(Model, UsesNoHeap) {
  static SmallCnn model;
  const Pixels image = SampleImage();
  float scores[kClasses];
  const std::size_t before = allocations;
  const Status created = model.Create();
  const Status given = model.QuantizeInput(image.data(), image.size());
  const Status invoked = model.Invoke();
  const Status taken = model.DequantizeOutput(scores, kClasses);
  const std::size_t after = allocations;
  EXPECT_EQ(created, Status::kOk);
  EXPECT_EQ(given, Status::kOk);
  EXPECT_EQ(invoked, Status::kOk);
  EXPECT_EQ(taken, Status::kOk);
  EXPECT_GT(before, 0u);
  EXPECT_EQ(after, before);
}

// Traits that are wrong on purpose, on the real model.
struct WrongInput : tflm_test::SmallCnnTraits {
  struct Input0 : tflm_test::SmallCnnTraits::Input0 {
    static constexpr std::int32_t kZeroPoint = -127;
  };
  using Inputs = TensorList<Input0>;
};
struct MissingOutput : tflm_test::SmallCnnTraits {
  using Outputs = TensorList<Output0, Output0>;
};
// As if a bit of the flash had changed.
struct Damaged : tflm_test::SmallCnnTraits {
  static constexpr std::uint32_t kModelCrc32 = tflm_test::SmallCnnTraits::kModelCrc32 ^ 4;
};
struct DamagedUnseen : Damaged {
  static constexpr bool kVerify = false;
};
struct NoOperators : tflm_test::SmallCnnTraits {
  static TfLiteStatus RegisterOps(OpResolver&) { return kTfLiteError; }
};

template <typename Traits>
Status StatusOf() {
  static Model<Traits> model;
  const Status status = model.Create();
  EXPECT_EQ(model.Invoke(), Status::kNotCreated);
  return status;
}

TEST(Model, ReadsTheModelForItsChecksumOnlyIfAsked) {
  static Model<DamagedUnseen> model;
  EXPECT_EQ(model.Create(), Status::kOk);
}

TEST(Crc32, IsThatOfZlib) {
  const std::uint8_t check[] = {'1', '2', '3', '4', '5', '6', '7', '8', '9'};
  EXPECT_EQ(Crc32(check, 9), 0xcbf43926u);
  EXPECT_EQ(Crc32(check, 0), 0u);
  EXPECT_EQ(Crc32(tflm_test::kSmallCnn, tflm_test::kSmallCnnSize),
            tflm_test::SmallCnnTraits::kModelCrc32);
  // Every single bit counts.
  std::vector<std::uint8_t> model(tflm_test::kSmallCnn, tflm_test::kSmallCnn + 1000);
  const std::uint32_t sound = Crc32(model.data(), model.size());
  for (std::size_t bit = 0; bit < 8 * model.size(); ++bit) {
    model[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
    EXPECT_NE(Crc32(model.data(), model.size()), sound) << bit;
    model[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
  }
}

TEST(Model, ResetGivesTheSameOutputsAgain) {
  static SmallCnn model;
  EXPECT_EQ(model.Reset(), Status::kNotCreated);
  ASSERT_EQ(model.Create(), Status::kOk);
  const std::vector<float> expected = Classify(model, SampleImage());
  ASSERT_EQ(model.Reset(), Status::kOk);
  EXPECT_EQ(Classify(model, SampleImage()), expected);
}

TEST(Model, NamesWhatIsWrong) {
  EXPECT_EQ(StatusOf<WrongInput>(), Status::kUnexpectedTensor);
  EXPECT_EQ(StatusOf<MissingOutput>(), Status::kUnexpectedTensor);
  EXPECT_EQ(StatusOf<Damaged>(), Status::kDamagedModel);
  EXPECT_EQ(StatusOf<NoOperators>(), Status::kNoSuchOperator);
  EXPECT_STREQ(StatusMessage(Status::kWrongSize), "the tensor has another number of elements");
}

}  // namespace
}  // namespace mnist_micro::tflm
