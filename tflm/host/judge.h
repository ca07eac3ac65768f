// SPDX-License-Identifier: Apache-2.0

#ifndef MNIST_MICRO_TFLM_HOST_JUDGE_H_
#define MNIST_MICRO_TFLM_HOST_JUDGE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "tensorflow/lite/micro/micro_op_resolver.h"

// Whether the linked TFLM runs a model: it is tried, in a process of its own with limits on time and
// memory, so that a crash or a hang is an answer like any other. Host only.

namespace mnist_micro::tflm {

// How far a trial came.
enum class TrialStage : std::uint8_t {
  kInitialize,  // The interpreter was made.
  kAllocate,    // AllocateTensors().
  kInvoke,      // Invoke(), twice.
  kRepeat,      // All of it again, in an arena that contains other bytes before.
  kRuns,        // It came through, with the same outputs.
};

// One word for a report.
const char* StageName(TrialStage stage);

enum class TrialEnd : std::uint8_t {
  kFinished,  // It runs if the stage is kRuns; else the outputs differ from run to run.
  kRefused,   // TFLM returned an error.
  kKilled,    // By a signal: a crash, or an abort of TFLM.
  kTimedOut,  // It took more processor time than the limit.
  kExited,    // TFLM ended the process.
  kNotTried,  // This machine could not try it, which says nothing about the model.
};

// One word for a report.
const char* EndName(TrialEnd end);

struct TrialLimits {
  // Of processor time, for each process: so that it does not matter what else the machine does.
  int seconds = 60;
  // More than microcontrollers have. Only what TFLM uses of it takes memory.
  std::size_t arena_bytes = std::size_t{256} << 20;
};

struct Verdict {
  TrialStage stage = TrialStage::kInitialize;
  TrialEnd end = TrialEnd::kNotTried;
  // The signal, or the exit code.
  int code = 0;
  // The operator that ran when it ended, by TFLM's name; empty if none did.
  std::string op;
  // How many operators had been started by then in this run of the model, that one included.
  std::uint32_t ops_started = 0;
  // What TFLM printed, and what a sanitizer did; cut if it is long. Of a model that was not tried: why.
  std::string log;
  // What its inputs of wide integers were, in the run that this is about.
  std::uint8_t integer_inputs = 0;
  // By TFLM's account, if it runs; with one resource variable for each operator that names one.
  std::size_t arena_used_bytes = 0;
  // What TFLM planned for activations and scratch buffers, if the tensors could be allocated.
  std::size_t planned_bytes = 0;

  bool runs() const { return stage == TrialStage::kRuns && end == TrialEnd::kFinished; }
};

// Tries a model: any bytes, `size` of them. resolver: with every operator that the TFLM has.
// Generated numbers are its inputs; if it does not run, wide integers are ones in a second trial, as a
// divisor must not be zero. The model lies in memory that can't be written, as in flash, with
// a page that can't be read behind it.
Verdict TryModel(const std::uint8_t* model, std::size_t size,
                 const tflite::MicroOpResolver& resolver, const TrialLimits& limits);

// The verdict as JSON, with which TFLM it is of.
std::string VerdictJson(const Verdict& verdict);

}  // namespace mnist_micro::tflm

#endif  // MNIST_MICRO_TFLM_HOST_JUDGE_H_
