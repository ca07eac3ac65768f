// SPDX-License-Identifier: Apache-2.0

#ifndef FIRMWARE_REPORT_TFLM_OPERATORS_H_
#define FIRMWARE_REPORT_TFLM_OPERATORS_H_

#include <cstdint>

#include "mnist_micro/inference/generated_input.h"
#include "mnist_micro/inference/status.h"
#include "tensorflow/lite/micro/micro_profiler_interface.h"

// What a report has of each operator, for models that TFLM runs.

namespace mnist_micro::firmware {

// Keeps when each operator began and ended.
class ReportProfiler : public tflite::MicroProfilerInterface {
 public:
  std::uint32_t BeginEvent(const char* tag) override;
  void EndEvent(std::uint32_t event) override;

  // Prints a line for each operator. False if there were more than can be kept.
  bool Print() const;

 private:
  // 20 KB. Loops and what models call count each time.
  static constexpr std::uint32_t kMostEvents = 1024;
  struct Event {
    const char* tag;
    std::uint32_t from, to, ticks;
    std::uint8_t depth;
  };
  Event events_[kMostEvents];
  std::uint32_t size_ = 0;
  std::uint8_t depth_ = 0;
};

// Runs the model once more, with the profiler, and prints a line for each operator: see Report(). Returns what is wrong,
// or nullptr.
template <typename Model>
const char* PrintTflmOperators(Model& model, std::uint8_t integer) {
  using inference::Status;
  static ReportProfiler profiler;
  if (model.Create(&profiler) != Status::kOk) return "Create() with a profiler failed";
  inference::FillInputsWithGenerated(model, integer);
  if (model.Invoke() != Status::kOk) return "Invoke() with a profiler failed";
  if (!profiler.Print()) {
    return "an inference has more than 1024 operators: a report can't list them (kMostEvents)";
  }
  return nullptr;
}

}  // namespace mnist_micro::firmware

#endif  // FIRMWARE_REPORT_TFLM_OPERATORS_H_
