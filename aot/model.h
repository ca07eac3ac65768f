// SPDX-License-Identifier: Apache-2.0

#ifndef MNIST_MICRO_AOT_MODEL_H_
#define MNIST_MICRO_AOT_MODEL_H_

#include <cstddef>
#include <cstdint>

#include "mnist_micro/inference/status.h"
#include "mnist_micro/inference/tensor.h"
#include "mnist_micro/inference/typed_model.h"

// The interface of inference/ for models that were compiled to C. Target-safe: no heap, no files, no exceptions, no
// static state.

namespace mnist_micro::aot {

// A compiled model whose working memory the caller gives. Nothing in that memory has a meaning from one Invoke() to
// the next but the outputs, so several models can share one, if each is read before the next one runs.
//
// Traits: what the build generates: the C functions, the sizes, Inputs and Outputs.
template <typename Traits>
class ModelInMemory : public inference::TypedModel<ModelInMemory<Traits>, Traits> {
  using Typed = inference::TypedModel<ModelInMemory<Traits>, Traits>;

 public:
  using Status = inference::Status;
  // Bytes of working memory, and how they must be aligned.
  static constexpr std::size_t kMemorySize = Traits::kMemorySize;
  static constexpr std::size_t kMemoryAlignment = Traits::kMemoryAlignment;

  ModelInMemory() = default;
  ModelInMemory(const ModelInMemory&) = delete;
  ModelInMemory& operator=(const ModelInMemory&) = delete;

  // Makes the model ready. memory: aligned, and the model's as long as it runs; size: in bytes.
  Status Create(void* memory, std::size_t size) {
    created_ = false;
    if (memory == nullptr || size < kMemorySize) return Status::kArenaTooSmall;
    if (reinterpret_cast<std::uintptr_t>(memory) % kMemoryAlignment != 0) {
      return Status::kMisalignedMemory;
    }
    Traits::Init(&state_, memory);
    created_ = true;
    return Status::kOk;
  }

  // Puts a model that keeps state from one Invoke() to the next back to where Create() left it.
  Status Reset() {
    if (!created_) return Status::kNotCreated;
    Traits::Reset(&state_);
    return Status::kOk;
  }

  // The C model, e.g. to set `print_line` of one that was compiled with --trace, after Create().
  typename Traits::State& state() { return state_; }

  // Runs the model on what its inputs contain. Their memory is used for something else meanwhile: write them again
  // before each run.
  Status Invoke() {
    if (!created_) return Status::kNotCreated;
    Traits::Invoke(&state_);
    return Status::kOk;
  }

 private:
  friend Typed;

  void* input_data(std::size_t i) { return created_ ? Traits::InputData(&state_, i) : nullptr; }
  const void* output_data(std::size_t i) const {
    return created_ ? Traits::OutputData(&state_, i) : nullptr;
  }

  typename Traits::State state_;
  bool created_ = false;
};

// A compiled model with working memory of its own inside: give it static storage.
template <typename Traits>
class Model : public ModelInMemory<Traits> {
 public:
  using Status = inference::Status;
  // The name that all engines' classes have for it.
  static constexpr std::size_t kArenaSize = Traits::kMemorySize;

  // Makes the model ready. May be called again, and then starts again.
  Status Create() { return ModelInMemory<Traits>::Create(memory_, sizeof(memory_)); }

  // Meaningful after Create() returned kOk.
  std::size_t arena_used_bytes() const { return Traits::kMemorySize; }

 private:
  alignas(Traits::kMemoryAlignment) unsigned char memory_[Traits::kMemorySize];
};

}  // namespace mnist_micro::aot

#endif  // MNIST_MICRO_AOT_MODEL_H_
