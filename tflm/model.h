// SPDX-License-Identifier: Apache-2.0

#ifndef MNIST_MICRO_TFLM_MODEL_H_
#define MNIST_MICRO_TFLM_MODEL_H_

#include <cstddef>
#include <cstdint>
#include <tuple>
#include <type_traits>
#include <utility>

#include "mnist_micro/inference/status.h"
#include "mnist_micro/inference/tensor.h"
#include "mnist_micro/inference/type_code.h"
#include "mnist_micro/inference/typed_model.h"
#include "mnist_micro/tflm/engine.h"
#include "tensorflow/lite/c/common.h"
#include "tensorflow/lite/micro/micro_op_resolver.h"
#include "tensorflow/lite/micro/micro_profiler_interface.h"

// Today's TFLM leaves its calls of the profiler out where it leaves its error messages out: the operators' names go
// with them. TFLM of 2020 has them always.
#if defined(TF_LITE_STRIP_ERROR_STRINGS) && \
    __has_include("tensorflow/lite/micro/arena_allocator/single_arena_buffer_allocator.h")
#define MNIST_MICRO_TFLM_CALLS_NO_PROFILER 1
#include "mnist_micro/tflm/profiled_ops.h"
#endif

namespace mnist_micro::tflm {

// TFLM of 2020 has no names for the unsigned types of 16 bits and more.
template <typename T>
constexpr TfLiteType TypeOf() {
  return static_cast<TfLiteType>(inference::TypeCode<T>());
}
static_assert(TypeOf<float>() == kTfLiteFloat32 && TypeOf<std::int8_t>() == kTfLiteInt8 &&
              TypeOf<std::uint8_t>() == kTfLiteUInt8 && TypeOf<std::int16_t>() == kTfLiteInt16 &&
              TypeOf<std::int32_t>() == kTfLiteInt32 && TypeOf<std::int64_t>() == kTfLiteInt64 &&
              TypeOf<bool>() == kTfLiteBool && TypeOf<void>() == kTfLiteNoType);

// Tensor: an input or output of a generated class's traits.
template <typename Tensor>
constexpr TensorSpec SpecOf() {
  return {TypeOf<typename Tensor::Type>(),
          Tensor::kSize * sizeof(typename Tensor::Type),
          Tensor::kRank,
          Tensor::kShape,
          Tensor::kScale,
          Tensor::kZeroPoint};
}

// The base of the class that the build generates for each model: one object is one instance of it, with
// an arena of its own inside, so give it static storage. No heap, no files, no exceptions; any number
// of instances and of models go into one program.
template <typename Traits>
class Model : public inference::TypedModel<Model<Traits>, Traits> {
  using Typed = inference::TypedModel<Model<Traits>, Traits>;

 public:
  using Status = inference::Status;
  // The smallest arena that works on the platform that is built for, as measured there or in an emulator, rounded
  // up to TFLM's alignment.
  static constexpr std::size_t kArenaSize = (Traits::kArenaSize + 15) / 16 * 16;

  Model() = default;
  Model(const Model&) = delete;
  Model& operator=(const Model&) = delete;

  // Makes the model ready. May be called again, and then starts again. After a failure Invoke()
  // refuses.
  Status Create() { return CreateWithin(kArenaSize); }

  // profiler: is told when each operator begins and ends, and must outlive the model; nullptr: none. Not a
  // default argument of the other function: programs without a profiler have no code for it.
  Status Create(tflite::MicroProfilerInterface* profiler) {
#if defined(MNIST_MICRO_TFLM_CALLS_NO_PROFILER)
    if (profiler != nullptr) {
      static ProfiledOps<Traits> ops;
      if (ops.Register() != kTfLiteOk) {
        runner_.Destroy();
        return Status::kNoSuchOperator;
      }
      return CreateFrom(ops, kArenaSize, profiler);
    }
#endif
    return CreateFrom(resolver_, kArenaSize, profiler);
  }

  // Puts a model that keeps state from one Invoke() to the next back to where Create() left it: variables,
  // resource variables, and what runs once. The memory of its inputs and outputs is new, too.
  Status Reset() {
    if (!runner_.ready()) return Status::kNotCreated;
    return CreateFrom(*ops_, kArenaSize, profiler_);
  }

  // Runs the model on what its inputs contain. TFLM may use the inputs' memory for something else
  // meanwhile: write them again before each run.
  Status Invoke() { return runner_.Invoke(); }

  // Meaningful after Create() returned kOk.
  std::size_t arena_used_bytes() const { return runner_.arena_used_bytes(); }

 protected:
  // For tests of what happens if less of the arena may be used. Less is refused without asking TFLM: today's
  // doesn't check each of its allocations and would crash.
  Status CreateWithin(std::size_t arena_size) { return CreateFrom(resolver_, arena_size, nullptr); }

 private:
  friend Typed;

  // ops: what the interpreter is given: resolver_, or another one with the same operators.
  Status CreateFrom(const tflite::MicroOpResolver& ops, std::size_t arena_size,
                    tflite::MicroProfilerInterface* profiler) {
    runner_.Destroy();
    ops_ = &ops;
    profiler_ = profiler;
    if constexpr (Traits::kVerify) {
      if (Crc32(Traits::kModel, Traits::kModelSize) != Traits::kModelCrc32) {
        return Status::kDamagedModel;
      }
    }
    if (!registered_) {
      if (Traits::RegisterOps(resolver_) != kTfLiteOk) return Status::kNoSuchOperator;
      registered_ = true;
    }
    if (arena_size < kArenaSize) return Status::kArenaTooSmall;
    static constexpr auto kInputs =
        Specs<typename Traits::Inputs>(std::make_index_sequence<Typed::kNumInputs>());
    static constexpr auto kOutputs =
        Specs<typename Traits::Outputs>(std::make_index_sequence<Typed::kNumOutputs>());
    return runner_.Create(Traits::kModel, ops, arena_, kArenaSize, kInputs.specs, Typed::kNumInputs,
                          kOutputs.specs, Typed::kNumOutputs, Traits::kResourceVariables, profiler);
  }

  void* input_data(std::size_t i) { return runner_.input(i); }
  const void* output_data(std::size_t i) const { return runner_.output(i); }

  template <std::size_t kCount>
  struct SpecList {
    TensorSpec specs[kCount];
  };
  template <typename Tensors, std::size_t... kIndices>
  static constexpr SpecList<sizeof...(kIndices)> Specs(std::index_sequence<kIndices...>) {
    return {{SpecOf<std::tuple_element_t<kIndices, Tensors>>()...}};
  }

  alignas(16) std::uint8_t arena_[kArenaSize];
  typename Traits::OpResolver resolver_;
  bool registered_ = false;
  const tflite::MicroOpResolver* ops_ = nullptr;
  tflite::MicroProfilerInterface* profiler_ = nullptr;
  Engine runner_;
};

}  // namespace mnist_micro::tflm

// The names by which users of the generated classes knew these before.
namespace tflm_model {

using mnist_micro::inference::ArgMax;
using mnist_micro::inference::Dequantize;
using mnist_micro::inference::Quantize;
using mnist_micro::inference::Status;
using mnist_micro::inference::StatusMessage;
using mnist_micro::inference::TensorList;
using mnist_micro::inference::TensorView;
using mnist_micro::tflm::Model;

}  // namespace tflm_model

#endif  // MNIST_MICRO_TFLM_MODEL_H_
