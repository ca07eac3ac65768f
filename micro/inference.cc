#include "micro/inference.h"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>

#include "micro/mnist_model_op_resolver.h"
#include "tensorflow/lite/c/common.h"
#include "tensorflow/lite/micro/micro_interpreter.h"
#include "tensorflow/lite/schema/schema_generated.h"
#include "tflm_model/model_verifier.h"

namespace mnist_micro {
namespace {

TensorInfo Describe(const TfLiteTensor& tensor) {
  TensorInfo info;
  info.type = tensor.type;
  info.bytes = tensor.bytes;
  info.scale = tensor.params.scale;
  info.zero_point = tensor.params.zero_point;
  info.num_dims = tensor.dims->size;
  for (int i = 0; i < tensor.dims->size && i < 4; ++i) {
    info.dims[i] = tensor.dims->data[i];
  }
  return info;
}

bool IsInt8Of(const TfLiteTensor* tensor, std::size_t bytes) {
  return tensor != nullptr && tensor->type == kTfLiteInt8 && tensor->bytes == bytes &&
         tensor->data.raw != nullptr && tensor->params.scale > 0.0f;
}

}  // namespace

const char* StatusMessage(InferenceStatus status) {
  switch (status) {
    case InferenceStatus::kOk:
      return "ok";
    case InferenceStatus::kDamagedModel:
      return "the model is not a sound TensorFlow Lite model";
    case InferenceStatus::kUnexpectedTensor:
      return "the model's input or output is not int8 of 28x28 pixels and 10 "
             "classes";
    case InferenceStatus::kNoSuchOperator:
      return "the operators could not be registered";
    case InferenceStatus::kArenaTooSmall:
      return "the tensors could not be allocated in the arena";
    case InferenceStatus::kInvokeFailed:
      return "an operator failed";
    case InferenceStatus::kNotInitialized:
      return "there is no initialized model";
  }
  return "unknown status";
}

std::int8_t Quantize(float value, float scale, std::int32_t zero_point) {
  const float quantized = std::round(value / scale) + static_cast<float>(zero_point);
  if (!(quantized > -128.0f)) return -128;  // Also where it is not a number.
  if (quantized > 127.0f) return 127;
  return static_cast<std::int8_t>(quantized);
}

std::size_t ArgMax(const std::int8_t* scores, std::size_t size) {
  std::size_t best = 0;
  for (std::size_t i = 1; i < size; ++i) {
    if (scores[i] > scores[best]) best = i;
  }
  return best;
}

Inference::~Inference() { Reset(); }

void Inference::Reset() {
  ready_ = false;
  model_fault_ = nullptr;
  if (interpreter_ != nullptr) {
    interpreter_->~MicroInterpreter();
    interpreter_ = nullptr;
  }
}

InferenceStatus Inference::Initialize(const std::uint8_t* model, std::size_t size,
                                      std::size_t arena_size) {
  Reset();
  if (arena_size > kArenaSize) arena_size = kArenaSize;
  model_fault_ = tflm_model::FindModelFault(model, size);
  if (model_fault_ != nullptr) return InferenceStatus::kDamagedModel;

  if (!registered_) {
    if (RegisterMnistModelOps(resolver_) != kTfLiteOk) {
      return InferenceStatus::kNoSuchOperator;
    }
    registered_ = true;
  }
  // Where TFLM gives up halfway, its destructor looks at operators that it has not reached.
  std::memset(arena_, 0, kArenaSize);
  interpreter_ = new (interpreter_storage_)
      tflite::MicroInterpreter(tflite::GetModel(model), resolver_, arena_, arena_size);
  if (interpreter_->initialization_status() != kTfLiteOk ||
      interpreter_->AllocateTensors() != kTfLiteOk) {
    return InferenceStatus::kArenaTooSmall;
  }
  if (interpreter_->inputs_size() != 1 || interpreter_->outputs_size() != 1 ||
      !IsInt8Of(interpreter_->input(0), kImagePixels) ||
      !IsInt8Of(interpreter_->output(0), kNumClasses)) {
    return InferenceStatus::kUnexpectedTensor;
  }
  input_info_ = Describe(*interpreter_->input(0));
  output_info_ = Describe(*interpreter_->output(0));
  ready_ = true;
  return InferenceStatus::kOk;
}

InferenceStatus Inference::Invoke(const std::uint8_t* pixels, std::int8_t* scores) {
  if (!ready_) return InferenceStatus::kNotInitialized;
  TfLiteTensor* input = interpreter_->input(0);
  for (std::size_t i = 0; i < kImagePixels; ++i) {
    input->data.int8[i] =
        Quantize(static_cast<float>(pixels[i]) / 255.0f, input_info_.scale, input_info_.zero_point);
  }
  if (interpreter_->Invoke() != kTfLiteOk) {
    return InferenceStatus::kInvokeFailed;
  }
  const TfLiteTensor* output = interpreter_->output(0);
  for (std::size_t i = 0; i < kNumClasses; ++i) {
    scores[i] = output->data.int8[i];
  }
  return InferenceStatus::kOk;
}

std::size_t Inference::arena_used_bytes() const {
  return interpreter_ == nullptr ? 0 : interpreter_->arena_used_bytes();
}

}  // namespace mnist_micro
