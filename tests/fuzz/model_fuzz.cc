// A hostile model: it is refused, or it runs within its own memory.

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>

#include "micro/inference.h"
#include "tests/fuzz/fuzz_target.h"

namespace {

struct Free {
  void operator()(void* memory) const { std::free(memory); }
};

struct Destroy {
  void operator()(mnist_micro::Inference* inference) const { inference->~Inference(); }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using mnist_micro::InferenceStatus;
  // A copy of exactly this size, so that a sanitizer sees each access beyond it.
  void* memory = nullptr;
  FUZZ_CHECK(posix_memalign(&memory, 16, size == 0 ? 1 : size) == 0);
  const std::unique_ptr<void, Free> owner(memory);
  if (size > 0) std::memcpy(memory, data, size);
  const auto* model = static_cast<const std::uint8_t*>(memory);

  // As on the chip after another model: its memory is not zero.
  const std::unique_ptr<void, Free> storage(std::malloc(sizeof(mnist_micro::Inference)));
  FUZZ_CHECK(storage != nullptr);
  std::memset(storage.get(), 0xa5, sizeof(mnist_micro::Inference));
  const std::unique_ptr<mnist_micro::Inference, Destroy> inference(new (storage.get())
                                                                       mnist_micro::Inference);
  const InferenceStatus status = inference->Initialize(model, size);
  FUZZ_CHECK((status == InferenceStatus::kDamagedModel) == (inference->model_fault() != nullptr));
  std::uint8_t pixels[mnist_micro::kImagePixels];
  for (std::size_t i = 0; i < sizeof(pixels); ++i) pixels[i] = static_cast<std::uint8_t>(i * 7);
  std::int8_t scores[mnist_micro::kNumClasses];
  const InferenceStatus invoked = inference->Invoke(pixels, scores);
  if (status != InferenceStatus::kOk) FUZZ_CHECK(invoked == InferenceStatus::kNotInitialized);
  // On the chip the model lies in flash, which can't be written.
  FUZZ_CHECK(size == 0 || std::memcmp(memory, data, size) == 0);
  return 0;
}
