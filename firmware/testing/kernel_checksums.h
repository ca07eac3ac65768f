// SPDX-License-Identifier: Apache-2.0

// Runs the models of kernel_variants.py on many inputs and takes a checksum of each output: on the host with
// the reference kernels, and on a chip with others.

#ifndef FIRMWARE_TESTING_KERNEL_CHECKSUMS_H_
#define FIRMWARE_TESTING_KERNEL_CHECKSUMS_H_

#include <cstddef>
#include <cstdint>
#include <utility>

#include "firmware/testing/kernels_conv.h"
#include "firmware/testing/kernels_dense.h"
#include "firmware/testing/kernels_depthwise.h"
#include "firmware/testing/kernels_pool.h"
#include "mnist_micro/inference/status.h"
#include "mnist_micro/tflm/engine.h"

namespace kernels {

inline constexpr std::uint32_t kSamples = 40;

// Sample 0 is the least number everywhere, sample 1 the greatest, others are random.
template <typename Input>
void Fill(Input input, std::uint32_t sample, std::uint32_t* state) {
  for (std::size_t i = 0; i < input.size(); ++i) {
    *state = *state * 1664525u + 1013904223u;
    input[i] = sample == 0   ? INT8_MIN
               : sample == 1 ? INT8_MAX
                             : static_cast<std::int8_t>((*state >> 24) - 128);
  }
}

template <typename Model, std::size_t... kInputs>
void FillInputs(Model& model, std::uint32_t sample, std::index_sequence<kInputs...>) {
  std::uint32_t state = sample;
  (Fill(model.template input<kInputs>(), sample, &state), ...);
}

// Calls `use(sample, output, checksum)` for each output.
template <typename Use, typename Model, std::size_t... kOutputs>
void UseOutputs(Use& use, const Model& model, std::uint32_t sample,
                std::index_sequence<kOutputs...>) {
  (use(sample, kOutputs,
       mnist_micro::tflm::Crc32(
           reinterpret_cast<const std::uint8_t*>(model.template output<kOutputs>().data()),
           model.template output<kOutputs>().size())),
   ...);
}

// Calls `use(sample, output, checksum)` for each output of each sample.
template <typename Use, typename Model>
mnist_micro::inference::Status Run(Use& use, Model& model) {
  using mnist_micro::inference::Status;
  if (const Status status = model.Create(); status != Status::kOk) return status;
  for (std::uint32_t sample = 0; sample < kSamples; ++sample) {
    FillInputs(model, sample, std::make_index_sequence<Model::kNumInputs>());
    if (const Status status = model.Invoke(); status != Status::kOk) return status;
    UseOutputs(use, model, sample, std::make_index_sequence<Model::kNumOutputs>());
  }
  return Status::kOk;
}

// Runs all models. `begin(name)` is called before each, `use` as above.
template <typename Begin, typename Use>
mnist_micro::inference::Status RunAll(Begin begin, Use use) {
  using mnist_micro::inference::Status;
  static KernelsConv conv;
  static KernelsDense dense;
  static KernelsDepthwise depthwise;
  static KernelsPool pool;
  begin("conv");
  if (const Status status = Run(use, conv); status != Status::kOk) return status;
  begin("dense");
  if (const Status status = Run(use, dense); status != Status::kOk) return status;
  begin("depthwise");
  if (const Status status = Run(use, depthwise); status != Status::kOk) return status;
  begin("pool");
  return Run(use, pool);
}

}  // namespace kernels

#endif  // FIRMWARE_TESTING_KERNEL_CHECKSUMS_H_
