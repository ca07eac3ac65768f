// SPDX-License-Identifier: Apache-2.0

#ifndef MNIST_MICRO_TFLM_PROFILED_OPS_H_
#define MNIST_MICRO_TFLM_PROFILED_OPS_H_

#include <cstddef>
#include <utility>

#include "tensorflow/lite/c/common.h"
#include "tensorflow/lite/micro/micro_mutable_op_resolver.h"
#include "tensorflow/lite/micro/micro_op_resolver.h"
#include "tensorflow/lite/micro/micro_profiler_interface.h"
#include "tensorflow/lite/schema/schema_generated.h"

// For a TFLM that does not call a profiler itself. Needs today's TFLM. Target-safe: no heap, no files, no exceptions.

namespace mnist_micro::tflm {

// E.g. "CONV_2D".
const char* OperatorName(tflite::BuiltinOperator op);

// A model's operators, which tell the interpreter's profiler when they begin and end. A registration has no place for
// data of its own, so what it calls is static: all instances of a model share it.
template <typename Traits>
class ProfiledOps final : public tflite::MicroOpResolver {
 public:
  TfLiteStatus Register() {
    if (registered_) return kTfLiteOk;
    registered_ = Traits::RegisterOps(ops_) == kTfLiteOk;
    return registered_ ? kTfLiteOk : kTfLiteError;
  }

  const TFLMRegistration* FindOp(tflite::BuiltinOperator op) const override {
    return Profiled(ops_.FindOp(op), OperatorName(op));
  }
  const TFLMRegistration* FindOp(const char* name) const override {
    const TFLMRegistration* found = ops_.FindOp(name);
    return Profiled(found, found == nullptr ? nullptr : found->custom_name);
  }
  tflite::TfLiteBridgeBuiltinParseFunction GetOpDataParser(
      tflite::BuiltinOperator op) const override {
    return ops_.GetOpDataParser(op);
  }

 private:
  TF_LITE_REMOVE_VIRTUAL_DELETE

  using Invoke = TfLiteStatus (*)(TfLiteContext*, TfLiteNode*);

  struct Slot {
    const TFLMRegistration* original;
    const char* name;
    TFLMRegistration profiled;
  };
  template <unsigned int kOps>
  static constexpr std::size_t Count(const tflite::MicroMutableOpResolver<kOps>*) {
    return kOps;
  }
  static constexpr std::size_t kCount =
      Count(static_cast<const typename Traits::OpResolver*>(nullptr));
  static inline Slot slots_[kCount] = {};

  template <std::size_t kIndex>
  static TfLiteStatus InvokeProfiled(TfLiteContext* context, TfLiteNode* node) {
    auto* profiler = static_cast<tflite::MicroProfilerInterface*>(context->profiler);
    const Slot& slot = slots_[kIndex];
    const auto event = profiler->BeginEvent(slot.name);
    const TfLiteStatus status = slot.original->invoke(context, node);
    profiler->EndEvent(event);
    return status;
  }

  template <std::size_t... kIndices>
  static Invoke InvokeOf(std::size_t index, std::index_sequence<kIndices...>) {
    static constexpr Invoke kInvokes[] = {InvokeProfiled<kIndices>...};
    return kInvokes[index];
  }

  static const TFLMRegistration* Profiled(const TFLMRegistration* original, const char* name) {
    if (original == nullptr) return nullptr;
    for (std::size_t i = 0; i < kCount; ++i) {
      Slot& slot = slots_[i];
      if (slot.original == nullptr) {
        slot = {original, name, *original};
        slot.profiled.invoke = InvokeOf(i, std::make_index_sequence<kCount>());
      }
      if (slot.original == original) return &slot.profiled;
    }
    return original;
  }

  typename Traits::OpResolver ops_;
  bool registered_ = false;
};

}  // namespace mnist_micro::tflm

#endif  // MNIST_MICRO_TFLM_PROFILED_OPS_H_
