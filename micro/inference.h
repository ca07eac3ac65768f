#ifndef MICRO_INFERENCE_H_
#define MICRO_INFERENCE_H_

#include <cstddef>
#include <cstdint>

#include "micro/mnist_model_arena.h"
#include "micro/mnist_model_op_resolver.h"
#include "tensorflow/lite/micro/micro_interpreter.h"

namespace mnist_micro {

inline constexpr std::size_t kImagePixels = 28 * 28;
inline constexpr std::size_t kNumClasses = 10;
// The smallest that works, as measured on the host, rounded up to TFLM's alignment. It is enough for
// targets with smaller pointers too; there it leaves some unused.
inline constexpr std::size_t kArenaSize = (kMnistModelArenaSize + 15) / 16 * 16;

enum class InferenceStatus : std::uint8_t {
  kOk,
  kDamagedModel,      // Not a sound TensorFlow Lite model: see model_fault().
  kUnexpectedTensor,  // Input or output is not int8 of the right shape.
  kNoSuchOperator,    // The resolver could not be filled.
  kArenaTooSmall,     // Or an operator refused the model: TFLM's log says.
  kInvokeFailed,
  kNotInitialized,
};

// One line for a log, without a full stop.
const char* StatusMessage(InferenceStatus status);

// What a program may want to print of a tensor.
struct TensorInfo {
  int type = 0;  // A TfLiteType.
  std::size_t bytes = 0;
  float scale = 0.0f;
  std::int32_t zero_point = 0;
  int num_dims = 0;
  int dims[4] = {-1, -1, -1, -1};
};

// value / scale + zero_point, rounded to nearest (halves away from zero) and clamped to int8: the
// quantization of TensorFlow Lite.
std::int8_t Quantize(float value, float scale, std::int32_t zero_point);

// Classifies 28x28 images with an int8 model. Target-safe: no heap, no files, no exceptions; the
// arena is part of the object, so give it static storage.
class Inference {
 public:
  Inference() = default;
  ~Inference();
  Inference(const Inference&) = delete;
  Inference& operator=(const Inference&) = delete;

  // Verifies the model and makes it ready. `model` must be 16-byte aligned and outlive this object.
  // May be called again, with the same or another model. After a failure Invoke() refuses.
  // arena_size: how much of the arena may be used; all of it, unless a test wants to see it fail.
  InferenceStatus Initialize(const std::uint8_t* model, std::size_t size,
                             std::size_t arena_size = kArenaSize);

  // pixels: kImagePixels of them, row by row, 0 is black. scores: kNumClasses, the raw int8 output.
  InferenceStatus Invoke(const std::uint8_t* pixels, std::int8_t* scores);

  // Meaningful after Initialize() returned kOk.
  TensorInfo input() const { return input_info_; }
  TensorInfo output() const { return output_info_; }
  std::size_t arena_used_bytes() const;
  // After kDamagedModel: what is wrong, in one line. Else nullptr.
  const char* model_fault() const { return model_fault_; }

 private:
  void Reset();

  alignas(16) std::uint8_t arena_[kArenaSize];
  MnistModelOpResolver resolver_;
  bool registered_ = false;
  alignas(tflite::MicroInterpreter) std::uint8_t
      interpreter_storage_[sizeof(tflite::MicroInterpreter)];
  tflite::MicroInterpreter* interpreter_ = nullptr;
  bool ready_ = false;
  const char* model_fault_ = nullptr;
  TensorInfo input_info_;
  TensorInfo output_info_;
};

// The class with the highest score; of equal scores the first.
std::size_t ArgMax(const std::int8_t* scores, std::size_t size);

}  // namespace mnist_micro

#endif  // MICRO_INFERENCE_H_
