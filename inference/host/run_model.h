// SPDX-License-Identifier: Apache-2.0

#ifndef MNIST_MICRO_INFERENCE_HOST_RUN_MODEL_H_
#define MNIST_MICRO_INFERENCE_HOST_RUN_MODEL_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "mnist_micro/inference/status.h"
#include "mnist_micro/inference/tensor.h"

// A program that runs any number of samples through the generated class of a model. Host only; the
// rule of the class generates its main().

namespace mnist_micro::inference {

// An input or output, without its type.
struct RunTensor {
  std::size_t bytes;                               // Of one sample, raw.
  std::size_t elements;                            // Of one sample.
  std::function<void(const std::uint8_t*)> write;  // Raw bytes; inputs only.
  std::function<void(std::uint8_t*)> read;         // Raw bytes; outputs only.
  // The same in floats, by QuantizeInput and DequantizeOutput; empty if it has no quantization.
  std::function<Status(const float*)> quantize;
  std::function<Status(float*)> dequantize;
};

struct RunnableModel {
  std::function<Status()> create;
  std::function<Status()> invoke;
  std::function<Status()> reset;
  std::vector<RunTensor> inputs;
  std::vector<RunTensor> outputs;
};

// Exit code: 0; 2 for bad usage and files that can't be read or written; 1 if the model fails.
int RunModelMain(const RunnableModel& model, int argc, char** argv);

template <typename ModelClass, std::size_t kIndex>
RunTensor InputOf(ModelClass& model) {
  using Tensor = typename ModelClass::template Input<kIndex>;
  RunTensor tensor{Tensor::kSize * sizeof(typename Tensor::Type), Tensor::kSize, {}, {}, {}, {}};
  tensor.write = [&model](const std::uint8_t* bytes) {
    std::memcpy(model.template input<kIndex>().data(), bytes,
                Tensor::kSize * sizeof(typename Tensor::Type));
  };
  if constexpr (kIsFloat<Tensor> || kIsQuantized<Tensor>) {
    tensor.quantize = [&model](const float* values) {
      return model.template QuantizeInput<kIndex>(values, Tensor::kSize);
    };
  }
  return tensor;
}

template <typename ModelClass, std::size_t kIndex>
RunTensor OutputOf(ModelClass& model) {
  using Tensor = typename ModelClass::template Output<kIndex>;
  RunTensor tensor{Tensor::kSize * sizeof(typename Tensor::Type), Tensor::kSize, {}, {}, {}, {}};
  tensor.read = [&model](std::uint8_t* bytes) {
    std::memcpy(bytes, model.template output<kIndex>().data(),
                Tensor::kSize * sizeof(typename Tensor::Type));
  };
  if constexpr (kIsFloat<Tensor> || kIsQuantized<Tensor>) {
    tensor.dequantize = [&model](float* values) {
      return model.template DequantizeOutput<kIndex>(values, Tensor::kSize);
    };
  }
  return tensor;
}

template <typename ModelClass, std::size_t... kInputs, std::size_t... kOutputs>
RunnableModel Runnable(ModelClass& model, std::index_sequence<kInputs...>,
                       std::index_sequence<kOutputs...>) {
  return {[&model] { return model.Create(); },
          [&model] { return model.Invoke(); },
          [&model] { return model.Reset(); },
          {InputOf<ModelClass, kInputs>(model)...},
          {OutputOf<ModelClass, kOutputs>(model)...}};
}

template <typename ModelClass>
int RunModelMain(int argc, char** argv) {
  static ModelClass model;
  return RunModelMain(Runnable(model, std::make_index_sequence<ModelClass::kNumInputs>(),
                               std::make_index_sequence<ModelClass::kNumOutputs>()),
                      argc, argv);
}

}  // namespace mnist_micro::inference

#endif  // MNIST_MICRO_INFERENCE_HOST_RUN_MODEL_H_
