// SPDX-License-Identifier: Apache-2.0

#ifndef MNIST_MICRO_TFLM_ENGINE_H_
#define MNIST_MICRO_TFLM_ENGINE_H_

#include <cstddef>
#include <cstdint>

#include "mnist_micro/inference/status.h"
#include "mnist_micro/tflm/interpreter.h"
#include "tensorflow/lite/c/common.h"
#include "tensorflow/lite/micro/micro_interpreter.h"
#include "tensorflow/lite/micro/micro_op_resolver.h"
#include "tensorflow/lite/micro/micro_profiler_interface.h"

// What all models share of running one. Target-safe: no heap, no files, no exceptions.

namespace mnist_micro::tflm {

using inference::Status;

// What an input or output must be.
struct TensorSpec {
  TfLiteType type;
  std::size_t bytes;
  int rank;
  const std::int32_t* shape;
  float scale;  // 0: not quantized.
  std::int32_t zero_point;
};

// The CRC-32 of zlib and PNG (polynomial 0xedb88320), four bits at a time: small code, a table of 64 bytes.
std::uint32_t Crc32(const std::uint8_t* data, std::size_t size);

// One interpreter, without its arena and resolver.
class Engine {
 public:
  Engine() = default;
  ~Engine() { Destroy(); }
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Makes a model ready that the linked TFLM is known to run. `model` and `arena` must be 16-byte aligned;
  // they and `resolver` must outlive this object, and `profiler`, if any, too. After a failure Invoke()
  // refuses. resource_variables: how many the model has.
  // An arena that is too small is kArenaTooSmall or kPrepareFailed; today's TFLM may crash instead.
  Status Create(const std::uint8_t* model, const tflite::MicroOpResolver& resolver,
                std::uint8_t* arena, std::size_t arena_size, const TensorSpec* inputs,
                std::size_t num_inputs, const TensorSpec* outputs, std::size_t num_outputs,
                int resource_variables = 0, tflite::MicroProfilerInterface* profiler = nullptr);

  // Back to before Create().
  void Destroy();

  Status Invoke();

  bool ready() const { return ready_; }
  // nullptr unless ready.
  void* input(std::size_t i);
  const void* output(std::size_t i) const;
  // 0 without an interpreter.
  std::size_t arena_used_bytes() const;

 private:
  InterpreterStorage interpreter_storage_;
  tflite::MicroInterpreter* interpreter_ = nullptr;
  bool ready_ = false;
};

}  // namespace mnist_micro::tflm

#endif  // MNIST_MICRO_TFLM_ENGINE_H_
