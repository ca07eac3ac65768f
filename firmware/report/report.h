// SPDX-License-Identifier: Apache-2.0

#ifndef FIRMWARE_REPORT_REPORT_H_
#define FIRMWARE_REPORT_REPORT_H_

#include <cstddef>
#include <cstdint>
#include <utility>

#include "mnist_micro/inference/status.h"
#include "mnist_micro/tflm/generated_input.h"
#include "mnist_micro/tflm/model.h"
#include "tensorflow/lite/c/common.h"
#include "tensorflow/lite/micro/micro_profiler_interface.h"

// The program that measures a model on the chip, and prints what it finds as lines of JSON over the serial
// port. The rule firmware_report makes its main(), and firmware/report/report_firmware.py reads the lines:
//
//   {"calibration": 200000, "from": 2, "to": 3, "ticks": 320000}   so many instructions
//   {"calibration": 0, ...}                                        the same without them
//   {"invoke": 0, "from": 4, "to": 5, "ticks": 123}                an inference
//   {"arena": 2704, "arena_used": 2600, "stack_peak": 900, "stack": 8192}
//   {"operator": "CONV_2D", "depth": 0, "from": 7, "to": 8, "ticks": 100}   one of the last inference
//   {"output_fnv1a": "0x01234567"}
//
// `ticks` is a difference of TicksNow(), modulo 2 to the power kTicksBits; `from` and `to` say at which of its
// calls, counted from 1, so that a trace of the program can be cut there.

namespace mnist_micro::firmware {

// How often the model runs without a profiler.
inline constexpr int kReportInvokes = 3;

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

void PrintCalibration();
void PrintInvoke(int number, std::uint32_t from, std::uint32_t ticks);
void PrintMemory(std::size_t arena, std::size_t arena_used);
void PrintOutput(std::uint32_t hash);
int Fail(const char* what);

// TicksNow(), counted.
std::uint32_t CountedTicks();
std::uint32_t TicksCalls();

// FNV-1a, of more bytes.
std::uint32_t AddToHash(std::uint32_t hash, const void* data, std::size_t size);

namespace report_internal {

template <typename Model, std::size_t kIndex>
void FillInput(Model& model, std::uint8_t integer) {
  const auto view = model.template input<kIndex>();
  using Type = typename Model::template Input<kIndex>::Type;
  TfLiteTensor tensor{};
  tensor.type = tflm::TypeOf<Type>();
  tensor.data.raw = reinterpret_cast<char*>(view.data());
  tensor.bytes = view.size() * sizeof(Type);
  tflm::FillWithGenerated(tensor, static_cast<std::uint32_t>(kIndex + 1), integer);
}

template <typename Model, std::size_t... kInputs>
void FillInputs(Model& model, std::uint8_t integer, std::index_sequence<kInputs...>) {
  (FillInput<Model, kInputs>(model, integer), ...);
}

template <typename Model, std::size_t... kOutputs>
std::uint32_t HashOutputs(const Model& model, std::index_sequence<kOutputs...>) {
  std::uint32_t hash = 2166136261u;
  ((hash = AddToHash(hash, model.template output<kOutputs>().data(),
                     model.template output<kOutputs>().size() *
                         sizeof(typename Model::template Output<kOutputs>::Type))),
   ...);
  return hash;
}

}  // namespace report_internal

// model: has static storage. integer: what inputs of wide integers are, see FillWithGenerated. Returns the
// exit code.
template <typename Model>
int Report(Model& model, std::uint8_t integer) {
  using inference::Status;
  constexpr auto kInputs = std::make_index_sequence<Model::kNumInputs>();
  constexpr auto kOutputs = std::make_index_sequence<Model::kNumOutputs>();
  PrintCalibration();
  if (model.Create() != Status::kOk) return Fail("Create() failed");
  for (int i = 0; i < kReportInvokes; ++i) {
    report_internal::FillInputs(model, integer, kInputs);
    const std::uint32_t begin = CountedTicks();
    const std::uint32_t from = TicksCalls();
    const Status status = model.Invoke();
    const std::uint32_t ticks = CountedTicks() - begin;
    if (status != Status::kOk) return Fail("Invoke() failed");
    PrintInvoke(i, from, ticks);
  }
  PrintMemory(Model::kArenaSize, model.arena_used_bytes());
  PrintOutput(report_internal::HashOutputs(model, kOutputs));
  // After the stack's peak was read: the profiler has a stack, too.
  static ReportProfiler profiler;
  if (model.Create(&profiler) != Status::kOk) return Fail("Create() with a profiler failed");
  report_internal::FillInputs(model, integer, kInputs);
  if (model.Invoke() != Status::kOk) return Fail("Invoke() with a profiler failed");
  if (!profiler.Print())
    return Fail(
        "an inference has more than 1024 operators: a report can't list them (kMostEvents)");
  return 0;
}

}  // namespace mnist_micro::firmware

#endif  // FIRMWARE_REPORT_REPORT_H_
