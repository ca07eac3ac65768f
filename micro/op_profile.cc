// SPDX-License-Identifier: Apache-2.0

#include "micro/op_profile.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "micro/classify.h"
#include "micro/mnist_model.h"
#include "micro/mnist_model_data.h"
#include "micro/sample_image_data.h"
#include "mnist_micro/inference/status.h"
#include "tensorflow/lite/schema/schema_generated.h"
#include "tensorflow/lite/schema/schema_utils.h"

namespace mnist_micro {
namespace {

constexpr int kWarmUpRuns = 20;

std::int64_t Now() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

std::int64_t Median(std::vector<std::int64_t> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// The product of the dimensions from `first` on; -1 if one of them is not known.
std::int64_t Elements(const tflite::Tensor& tensor, std::uint32_t first) {
  if (tensor.shape() == nullptr || tensor.shape()->size() < first) return -1;
  std::int64_t product = 1;
  for (std::uint32_t i = first; i < tensor.shape()->size(); ++i) {
    if (tensor.shape()->Get(i) < 1) return -1;
    product *= tensor.shape()->Get(i);
  }
  return product;
}

}  // namespace

void OpTimer::StartRun() { next_ = 0; }

std::uint32_t OpTimer::BeginEvent(const char* tag) {
  if (next_ == events_.size()) {
    events_.push_back({tag, {}});
    begun_.push_back(0);
  }
  const std::size_t event = next_++;
  begun_[event] = Now();
  return static_cast<std::uint32_t>(event);
}

void OpTimer::EndEvent(std::uint32_t event) {
  const std::int64_t end = Now();
  if (event >= events_.size()) return;
  events_[event].ticks.push_back(end - begun_[event]);
}

std::int64_t MultiplyAccumulates(const tflite::Model& model, std::size_t operator_index) {
  const tflite::SubGraph& subgraph = *model.subgraphs()->Get(0);
  const tflite::Operator& op =
      *subgraph.operators()->Get(static_cast<flatbuffers::uoffset_t>(operator_index));
  // Of the weights, the first dimensions that don't count for one output element.
  std::uint32_t skipped = 0;
  switch (tflite::GetBuiltinCode(model.operator_codes()->Get(op.opcode_index()))) {
    case tflite::BuiltinOperator_CONV_2D:          // [output channels, height, width, inputs]
    case tflite::BuiltinOperator_FULLY_CONNECTED:  // [outputs, inputs]
      skipped = 1;
      break;
    case tflite::BuiltinOperator_DEPTHWISE_CONV_2D:  // [1, height, width, output channels]
      break;
    default:
      return 0;
  }
  if (op.inputs()->size() < 2 || op.inputs()->Get(1) < 0 || op.outputs()->size() < 1) return -1;
  const auto tensor = [&subgraph](std::int32_t index) -> const tflite::Tensor& {
    return *subgraph.tensors()->Get(static_cast<flatbuffers::uoffset_t>(index));
  };
  const tflite::Tensor& weights = tensor(op.inputs()->Get(1));
  const std::int64_t outputs = Elements(tensor(op.outputs()->Get(0)), 0);
  std::int64_t each = Elements(weights, skipped);
  if (outputs < 0 || each < 0) return -1;
  // Each output channel of a depthwise convolution has weights of its own.
  if (skipped == 0) each /= weights.shape()->Get(weights.shape()->size() - 1);
  return outputs * each;
}

std::string ProfileOps(int iterations, std::vector<OpProfile>& profiles) {
  if (iterations < 1) return "there must be at least one iteration";
  const tflite::Model& model = *tflite::GetModel(kMnistModel);
  MnistModel instance;
  OpTimer warm_up;
  OpTimer timer;
  for (OpTimer* profiler : {&warm_up, &timer}) {
    inference::Status status = instance.Create(profiler);
    const int runs = profiler == &warm_up ? kWarmUpRuns : iterations;
    for (int run = 0; run < runs && status == inference::Status::kOk; ++run) {
      profiler->StartRun();
      status = Classify(instance, kSampleImage);
    }
    if (status != inference::Status::kOk) return inference::StatusMessage(status);
  }
  if (timer.events().size() != model.subgraphs()->Get(0)->operators()->size()) {
    return "TFLM did not report every operator to the profiler";
  }

  profiles.clear();
  std::int64_t total = 0;
  for (std::size_t i = 0; i < timer.events().size(); ++i) {
    const OpTimer::Event& event = timer.events()[i];
    OpProfile profile;
    profile.name = event.name;
    profile.ticks = Median(event.ticks);
    profile.multiply_accumulates = MultiplyAccumulates(model, i);
    total += profile.ticks;
    profiles.push_back(profile);
  }
  for (OpProfile& profile : profiles) {
    profile.share =
        total == 0 ? 0.0 : static_cast<double>(profile.ticks) / static_cast<double>(total);
  }
  return "";
}

}  // namespace mnist_micro
