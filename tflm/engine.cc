// SPDX-License-Identifier: Apache-2.0

#include "mnist_micro/tflm/engine.h"

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "tensorflow/lite/c/common.h"
#include "tensorflow/lite/micro/micro_interpreter.h"
#include "tensorflow/lite/schema/schema_generated.h"

namespace mnist_micro::tflm {
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

std::uint32_t Crc32(const std::uint8_t* data, std::size_t size) {
  static constexpr std::uint32_t kTable[16] = {0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac,
                                               0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
                                               0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
                                               0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};
  std::uint32_t crc = 0xffffffff;
  for (std::size_t i = 0; i < size; ++i) {
    crc = kTable[(crc ^ data[i]) & 15] ^ (crc >> 4);
    crc = kTable[(crc ^ (data[i] >> 4)) & 15] ^ (crc >> 4);
  }
  return ~crc;
}

Status Engine::Create(const std::uint8_t* model, const tflite::MicroOpResolver& resolver,
                      std::uint8_t* arena, std::size_t arena_size, const TensorSpec* inputs,
                      std::size_t num_inputs, const TensorSpec* outputs, std::size_t num_outputs,
                      int resource_variables, tflite::MicroProfilerInterface* profiler) {
  Destroy();
  // If TFLM gives up halfway, its destructor looks at operators that it has not reached.
  std::memset(arena, 0, arena_size);
  interpreter_ = NewInterpreter(interpreter_storage_, tflite::GetModel(model), resolver, arena,
                                arena_size, resource_variables, profiler);
  if (interpreter_ == nullptr) return Status::kArenaTooSmall;
  if (interpreter_->initialization_status() != kTfLiteOk ||
      interpreter_->AllocateTensors() != kTfLiteOk) {
    return Status::kPrepareFailed;
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

void Engine::Destroy() {
  ready_ = false;
  if (interpreter_ != nullptr) {
    interpreter_->~MicroInterpreter();
    interpreter_ = nullptr;
  }
}

Status Engine::Invoke() {
  if (!ready_) return Status::kNotCreated;
  return interpreter_->Invoke() == kTfLiteOk ? Status::kOk : Status::kInvokeFailed;
}

void* Engine::input(std::size_t i) { return ready_ ? interpreter_->input(i)->data.raw : nullptr; }

const void* Engine::output(std::size_t i) const {
  return ready_ ? interpreter_->output(i)->data.raw : nullptr;
}

std::size_t Engine::arena_used_bytes() const {
  return interpreter_ == nullptr ? 0 : interpreter_->arena_used_bytes();
}

}  // namespace mnist_micro::tflm
