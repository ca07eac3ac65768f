// SPDX-License-Identifier: Apache-2.0

// On the host TFLM calls the profiler, too, so that each operator is told twice: once by each, and the two must agree.

#include "mnist_micro/tflm/profiled_ops.h"

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "mnist_micro/tflm/interpreter.h"
#include "tensorflow/lite/micro/micro_profiler_interface.h"
#include "tensorflow/lite/schema/schema_generated.h"
#include "tflm/testing/small_cnn.h"
#include "tflm/testing/small_cnn_data.h"

namespace mnist_micro::tflm {
namespace {

using tflm_test::SmallCnnTraits;
using Names = std::vector<std::string>;

class Events final : public tflite::MicroProfilerInterface {
 public:
  std::uint32_t BeginEvent(const char* name) override {
    open.push_back(name);
    begun.push_back(name);
    return static_cast<std::uint32_t>(begun.size() - 1);
  }
  void EndEvent(std::uint32_t handle) override {
    ASSERT_LT(handle, begun.size());
    ASSERT_FALSE(open.empty());
    EXPECT_EQ(open.back(), begun[handle]);
    open.pop_back();
  }
  void Clear() { begun.clear(); }

  Names begun;
  Names open;
};

// An interpreter with an arena of its own.
class Instance {
 public:
  Instance(const tflite::MicroOpResolver& ops, tflite::MicroProfilerInterface* profiler)
      : interpreter_(NewInterpreter(storage_, tflite::GetModel(SmallCnnTraits::kModel), ops, arena_,
                                    sizeof(arena_), 0, profiler)) {}
  ~Instance() { interpreter_->~MicroInterpreter(); }

  tflite::MicroInterpreter& operator*() { return *interpreter_; }
  tflite::MicroInterpreter* operator->() { return interpreter_; }

 private:
  alignas(16) std::uint8_t arena_[SmallCnnTraits::kArenaSize + 4096];
  InterpreterStorage storage_;
  tflite::MicroInterpreter* interpreter_;
};

Names OperatorsOfModel() {
  const tflite::Model* model = tflite::GetModel(SmallCnnTraits::kModel);
  Names names;
  for (const auto* op : *model->subgraphs()->Get(0)->operators()) {
    const auto* code = model->operator_codes()->Get(op->opcode_index());
    names.push_back(tflite::EnumNameBuiltinOperator(code->builtin_code()));
  }
  return names;
}

Names Once(const Names& names) {
  Names every_second;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i % 2 == 0) {
      every_second.push_back(names[i]);
    } else {
      EXPECT_EQ(names[i], names[i - 1]) << i;
    }
  }
  return every_second;
}

std::vector<std::int8_t> RunOnce(Instance& instance) {
  TfLiteTensor* input = instance->input(0);
  for (std::size_t i = 0; i < input->bytes; ++i)
    input->data.int8[i] = static_cast<std::int8_t>(i * 7);
  EXPECT_EQ(instance->Invoke(), kTfLiteOk);
  const TfLiteTensor* output = instance->output(0);
  return {output->data.int8, output->data.int8 + output->bytes};
}

TEST(ProfiledOps, TellEachOperatorOfEachInstanceToItsOwnProfiler) {
  static ProfiledOps<SmallCnnTraits> ops;
  ASSERT_EQ(ops.Register(), kTfLiteOk);
  ASSERT_EQ(ops.Register(), kTfLiteOk) << "again";
  static SmallCnnTraits::OpResolver plain_ops;
  ASSERT_EQ(SmallCnnTraits::RegisterOps(plain_ops), kTfLiteOk);
  static Events first_events, second_events;
  static Instance first(ops, &first_events), second(ops, &second_events), plain(plain_ops, nullptr);
  for (Instance* instance : {&first, &second, &plain}) {
    ASSERT_EQ((*instance)->AllocateTensors(), kTfLiteOk);
  }
  first_events.Clear();
  second_events.Clear();

  const std::vector<std::int8_t> expected = RunOnce(plain);
  EXPECT_EQ(RunOnce(first), expected);
  EXPECT_EQ(Once(first_events.begun), OperatorsOfModel());
  EXPECT_TRUE(first_events.open.empty());
  EXPECT_TRUE(second_events.begun.empty());

  EXPECT_EQ(RunOnce(second), expected);
  EXPECT_EQ(Once(second_events.begun), OperatorsOfModel());
  EXPECT_EQ(first_events.begun.size(), 2 * OperatorsOfModel().size());

  first_events.Clear();
  ASSERT_EQ(first->Reset(), kTfLiteOk);
  first_events.Clear();
  EXPECT_EQ(RunOnce(first), expected);
  EXPECT_EQ(Once(first_events.begun), OperatorsOfModel());
}

TEST(ProfiledOps, KnowTheSameOperators) {
  static ProfiledOps<SmallCnnTraits> ops;
  ASSERT_EQ(ops.Register(), kTfLiteOk);
  const TFLMRegistration* found = ops.FindOp(tflite::BuiltinOperator_CONV_2D);
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found, ops.FindOp(tflite::BuiltinOperator_CONV_2D))
      << "one registration for one operator";
  EXPECT_EQ(ops.FindOp(tflite::BuiltinOperator_SVDF), nullptr);
  EXPECT_EQ(ops.FindOp("custom"), nullptr);
  EXPECT_STREQ(OperatorName(tflite::BuiltinOperator_CONV_2D), "CONV_2D");
}

}  // namespace
}  // namespace mnist_micro::tflm
