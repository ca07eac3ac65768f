#ifndef TFLM_MODEL_MODEL_H_
#define TFLM_MODEL_MODEL_H_

#include <cstddef>
#include <cstdint>
#include <tuple>
#include <type_traits>
#include <utility>

#include "tensorflow/lite/c/common.h"
#include "tensorflow/lite/micro/micro_profiler_interface.h"
#include "tflm_model/model_runner.h"
#include "tflm_model/tensor.h"

namespace tflm_model {

template <typename T>
constexpr TfLiteType TypeOf() {
  if constexpr (std::is_same_v<T, float>) return kTfLiteFloat32;
  if constexpr (std::is_same_v<T, std::int8_t>) return kTfLiteInt8;
  if constexpr (std::is_same_v<T, std::uint8_t>) return kTfLiteUInt8;
  if constexpr (std::is_same_v<T, std::int16_t>) return kTfLiteInt16;
  if constexpr (std::is_same_v<T, std::int32_t>) return kTfLiteInt32;
  if constexpr (std::is_same_v<T, std::int64_t>) return kTfLiteInt64;
  if constexpr (std::is_same_v<T, bool>) return kTfLiteBool;
  // TFLM of 2020 has no names for these.
  if constexpr (std::is_same_v<T, std::uint64_t>) return static_cast<TfLiteType>(13);
  if constexpr (std::is_same_v<T, std::uint32_t>) return static_cast<TfLiteType>(16);
  if constexpr (std::is_same_v<T, std::uint16_t>) return static_cast<TfLiteType>(17);
  return kTfLiteNoType;
}

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
class Model {
 public:
  using Status = tflm_model::Status;
  template <std::size_t kIndex>
  using Input = std::tuple_element_t<kIndex, typename Traits::Inputs>;
  template <std::size_t kIndex>
  using Output = std::tuple_element_t<kIndex, typename Traits::Outputs>;

  static constexpr std::size_t kNumInputs = std::tuple_size_v<typename Traits::Inputs>;
  static constexpr std::size_t kNumOutputs = std::tuple_size_v<typename Traits::Outputs>;
  // The smallest arena that works, as measured on the host, rounded up to TFLM's alignment. It is
  // enough for targets with smaller pointers too; there it leaves some unused.
  static constexpr std::size_t kArenaSize = (Traits::kArenaSize + 15) / 16 * 16;

  Model() = default;
  Model(const Model&) = delete;
  Model& operator=(const Model&) = delete;

  // Makes the model ready. May be called again, and then starts anew. After a failure Invoke() refuses.
  // arena_size: how much of the arena may be used; all of it, unless a test wants to see it fail. Less is
  // refused without asking TFLM: today's doesn't check each of its allocations and would crash.
  // profiler: is told when each operator begins and ends, and must outlive the model; nullptr: none.
  Status Create(std::size_t arena_size = kArenaSize,
                tflite::MicroProfilerInterface* profiler = nullptr) {
    runner_.Destroy();
    profiler_ = profiler;
    created_size_ = arena_size;
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
        Specs<typename Traits::Inputs>(std::make_index_sequence<kNumInputs>());
    static constexpr auto kOutputs =
        Specs<typename Traits::Outputs>(std::make_index_sequence<kNumOutputs>());
    return runner_.Create(Traits::kModel, resolver_, arena_, kArenaSize, kInputs.specs, kNumInputs,
                          kOutputs.specs, kNumOutputs, Traits::kResourceVariables, profiler);
  }

  // Puts a model that keeps state from one Invoke() to the next back to where Create() left it: variables,
  // resource variables, and what runs once. The memory of its inputs and outputs is new, too.
  Status Reset() {
    if (!runner_.ready()) return Status::kNotCreated;
    return Create(created_size_, profiler_);
  }

  // Runs the model on what its inputs hold. TFLM may use the inputs' memory for something else
  // meanwhile: write them again before each run.
  Status Invoke() { return runner_.Invoke(); }

  // Empty views before a successful Create().
  template <std::size_t kIndex = 0>
  TensorView<Input<kIndex>, typename Input<kIndex>::Type> input() {
    using Tensor = Input<kIndex>;
    return TensorView<Tensor, typename Tensor::Type>(
        static_cast<typename Tensor::Type*>(runner_.input(kIndex)));
  }
  template <std::size_t kIndex = 0>
  TensorView<Output<kIndex>, const typename Output<kIndex>::Type> output() const {
    using Tensor = Output<kIndex>;
    return TensorView<Tensor, const typename Tensor::Type>(
        static_cast<const typename Tensor::Type*>(runner_.output(kIndex)));
  }

  // Writes an input from the numbers that it stands for: all of its elements.
  template <std::size_t kIndex = 0>
  Status QuantizeInput(const float* values, std::size_t count) {
    const auto view = input<kIndex>();
    if (view.empty()) return Status::kNotCreated;
    if (count != view.size()) return Status::kWrongSize;
    for (std::size_t i = 0; i < count; ++i) view.Set(i, values[i]);
    return Status::kOk;
  }

  // Reads an output as the numbers that it stands for: all of its elements.
  template <std::size_t kIndex = 0>
  Status DequantizeOutput(float* values, std::size_t count) const {
    const auto view = output<kIndex>();
    if (view.empty()) return Status::kNotCreated;
    if (count != view.size()) return Status::kWrongSize;
    for (std::size_t i = 0; i < count; ++i) values[i] = view.Get(i);
    return Status::kOk;
  }

  // The index of an output's highest element, of equal ones the first; 0 before a successful Create().
  template <std::size_t kIndex = 0>
  std::size_t ArgMax() const {
    const auto view = output<kIndex>();
    return tflm_model::ArgMax(view.data(), view.size());
  }

  // Meaningful after Create() returned kOk.
  std::size_t arena_used_bytes() const { return runner_.arena_used_bytes(); }

 private:
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
  std::size_t created_size_ = 0;
  tflite::MicroProfilerInterface* profiler_ = nullptr;
  ModelRunner runner_;
};

}  // namespace tflm_model

#endif  // TFLM_MODEL_MODEL_H_
