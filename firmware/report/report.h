// SPDX-License-Identifier: Apache-2.0

#ifndef FIRMWARE_REPORT_REPORT_H_
#define FIRMWARE_REPORT_REPORT_H_

#include <cstddef>
#include <cstdint>
#include <utility>

#include "mnist_micro/inference/generated_input.h"
#include "mnist_micro/inference/status.h"

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

void PrintCalibration();
void PrintInvoke(int number, std::uint32_t from, std::uint32_t ticks);
void PrintMemory(std::size_t arena, std::size_t arena_used);
void PrintOutput(std::uint32_t hash);
void PrintOperator(const char* name, std::uint8_t depth, std::uint32_t from, std::uint32_t to,
                   std::uint32_t ticks);
// The last line, and the exit code.
int Pass();
int Fail(const char* what);

// TicksNow(), counted.
std::uint32_t CountedTicks();
std::uint32_t TicksCalls();

// FNV-1a, of more bytes.
std::uint32_t AddToHash(std::uint32_t hash, const void* data, std::size_t size);

namespace report_internal {

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

// model: has static storage. integer: what inputs of wide integers are, see FillWithGenerated. print_operators: prints
// the operators of one more inference, or returns what is wrong; nullptr for engines that can't say. Returns the exit
// code.
template <typename Model>
int Report(Model& model, std::uint8_t integer,
           const char* (*print_operators)(Model&, std::uint8_t) = nullptr) {
  using inference::Status;
  constexpr auto kOutputs = std::make_index_sequence<Model::kNumOutputs>();
  PrintCalibration();
  if (model.Create() != Status::kOk) return Fail("Create() failed");
  for (int i = 0; i < kReportInvokes; ++i) {
    inference::FillInputsWithGenerated(model, integer);
    const std::uint32_t begin = CountedTicks();
    const std::uint32_t from = TicksCalls();
    const Status status = model.Invoke();
    const std::uint32_t ticks = CountedTicks() - begin;
    if (status != Status::kOk) return Fail("Invoke() failed");
    PrintInvoke(i, from, ticks);
  }
  PrintMemory(Model::kArenaSize, model.arena_used_bytes());
  PrintOutput(report_internal::HashOutputs(model, kOutputs));
  // After the stack's peak was read: a profiler has a stack, too.
  if (print_operators != nullptr) {
    const char* fault = print_operators(model, integer);
    if (fault != nullptr) return Fail(fault);
  }
  return Pass();
}

}  // namespace mnist_micro::firmware

#endif  // FIRMWARE_REPORT_REPORT_H_
