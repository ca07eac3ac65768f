#include "tflm_model/model_runner.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>

#include "tensorflow/lite/c/common.h"
#include "tensorflow/lite/micro/micro_interpreter.h"
#include "tensorflow/lite/schema/schema_generated.h"

namespace tflm_model {
namespace {

bool Fits(const TfLiteTensor* tensor, const TensorSpec& spec) {
  if (tensor == nullptr || tensor->type != spec.type || tensor->bytes != spec.bytes ||
      tensor->data.raw == nullptr || tensor->dims == nullptr || tensor->dims->size != spec.rank) {
    return false;
  }
  for (int i = 0; i < spec.rank; ++i) {
    if (tensor->dims->data[i] != spec.shape[i]) return false;
  }
  return spec.scale == 0.0f ||
         (tensor->params.scale == spec.scale && tensor->params.zero_point == spec.zero_point);
}

}  // namespace

const char* StatusMessage(Status status) {
  switch (status) {
    case Status::kOk:
      return "ok";
    case Status::kDamagedModel:
      return "the model is not a sound TensorFlow Lite model";
    case Status::kUnexpectedTensor:
      return "the model's inputs or outputs are not those that this class was made for";
    case Status::kNoSuchOperator:
      return "the operators could not be registered";
    case Status::kArenaTooSmall:
      return "the tensors could not be allocated in the arena";
    case Status::kInvokeFailed:
      return "an operator failed";
    case Status::kNotCreated:
      return "the model was not created";
    case Status::kWrongSize:
      return "the tensor has another number of elements";
  }
  return "unknown status";
}

Status ModelRunner::Create(const std::uint8_t* model, const tflite::MicroOpResolver& resolver,
                           std::uint8_t* arena, std::size_t arena_size, const TensorSpec* inputs,
                           std::size_t num_inputs, const TensorSpec* outputs,
                           std::size_t num_outputs, tflite::MicroProfilerInterface* profiler) {
  Reset();
  // Where TFLM gives up halfway, its destructor looks at operators that it has not reached.
  std::memset(arena, 0, arena_size);
  interpreter_ = new (interpreter_storage_)
      tflite::MicroInterpreter(tflite::GetModel(model), resolver, arena, arena_size,
                               /*resource_variables=*/nullptr, profiler);
  if (interpreter_->initialization_status() != kTfLiteOk ||
      interpreter_->AllocateTensors() != kTfLiteOk) {
    return Status::kArenaTooSmall;
  }
  if (interpreter_->inputs_size() != num_inputs || interpreter_->outputs_size() != num_outputs) {
    return Status::kUnexpectedTensor;
  }
  for (std::size_t i = 0; i < num_inputs; ++i) {
    if (!Fits(interpreter_->input(i), inputs[i])) return Status::kUnexpectedTensor;
  }
  for (std::size_t i = 0; i < num_outputs; ++i) {
    if (!Fits(interpreter_->output(i), outputs[i])) return Status::kUnexpectedTensor;
  }
  ready_ = true;
  return Status::kOk;
}

void ModelRunner::Reset() {
  ready_ = false;
  if (interpreter_ != nullptr) {
    interpreter_->~MicroInterpreter();
    interpreter_ = nullptr;
  }
}

Status ModelRunner::Invoke() {
  if (!ready_) return Status::kNotCreated;
  return interpreter_->Invoke() == kTfLiteOk ? Status::kOk : Status::kInvokeFailed;
}

void* ModelRunner::input(std::size_t i) {
  return ready_ ? interpreter_->input(i)->data.raw : nullptr;
}

const void* ModelRunner::output(std::size_t i) const {
  return ready_ ? interpreter_->output(i)->data.raw : nullptr;
}

std::size_t ModelRunner::arena_used_bytes() const {
  return interpreter_ == nullptr ? 0 : interpreter_->arena_used_bytes();
}

}  // namespace tflm_model
