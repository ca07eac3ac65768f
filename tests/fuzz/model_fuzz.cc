// A hostile model: it is refused, or it runs within its own memory.

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>

#include "micro/mnist_model.h"
#include "tensorflow/lite/schema/schema_generated.h"
#include "tests/fuzz/fuzz_target.h"
#include "tflm_model/model.h"
#include "tflm_model/model_runner.h"
#include "tflm_model/model_verifier.h"

namespace {

using mnist_micro::MnistModel;
using mnist_micro::MnistModelTraits;
using tflm_model::ModelRunner;
using tflm_model::Status;
using tflm_model::TensorSpec;

struct Free {
  void operator()(void* memory) const { std::free(memory); }
};

// What a generated class has inside.
struct Instance {
  alignas(16) std::uint8_t arena[MnistModel::kArenaSize];
  ModelRunner runner;
};

struct Destroy {
  void operator()(Instance* instance) const { instance->~Instance(); }
};

// The input or output as the class of the int8 model has it, but of the scale that the model says.
template <typename Tensor>
TensorSpec SpecOfAnyScale() {
  TensorSpec spec = tflm_model::SpecOf<Tensor>();
  spec.scale = 0.0f;
  return spec;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // A copy of exactly this size, so that a sanitizer sees each access beyond it.
  void* memory = nullptr;
  FUZZ_CHECK(posix_memalign(&memory, 16, size == 0 ? 1 : size) == 0);
  const std::unique_ptr<void, Free> owner(memory);
  if (size > 0) std::memcpy(memory, data, size);
  const auto* model = static_cast<const std::uint8_t*>(memory);
  if (tflm_model::FindModelFault(model, size) != nullptr) return 0;
  // What is sound in the narrower scope is so in that of the classes.
  FUZZ_CHECK(tflm_model::FindModelFault(model, size, tflm_model::Scope::kAllOperators) == nullptr);

  static MnistModelTraits::OpResolver resolver;
  static const TfLiteStatus registered = MnistModelTraits::RegisterOps(resolver);
  FUZZ_CHECK(registered == kTfLiteOk);
  // As on the chip after another model: its memory is not zero.
  const std::unique_ptr<void, Free> storage(
      std::aligned_alloc(alignof(Instance), sizeof(Instance)));
  FUZZ_CHECK(storage != nullptr);
  std::memset(storage.get(), 0xa5, sizeof(Instance));
  const std::unique_ptr<Instance, Destroy> instance(new (storage.get()) Instance);
  ModelRunner& runner = instance->runner;
  const TensorSpec input = SpecOfAnyScale<MnistModel::Input<0>>();
  const TensorSpec output = SpecOfAnyScale<MnistModel::Output<0>>();
  const Status status = runner.Create(model, resolver, instance->arena, sizeof(instance->arena),
                                      &input, 1, &output, 1);
  if (status == Status::kOk) {
    auto* pixels = static_cast<std::uint8_t*>(runner.input(0));
    for (std::size_t i = 0; i < input.bytes; ++i) pixels[i] = static_cast<std::uint8_t>(i * 7);
    const Status invoked = runner.Invoke();
    FUZZ_CHECK(invoked == Status::kOk || invoked == Status::kInvokeFailed);
    std::uint8_t scores[MnistModel::Output<0>::kSize];
    std::memcpy(scores, runner.output(0), sizeof(scores));
  } else {
    FUZZ_CHECK(runner.Invoke() == Status::kNotCreated);
  }
  // On the chip the model lies in flash, which can't be written.
  FUZZ_CHECK(std::memcmp(memory, data, size) == 0);
  return 0;
}
