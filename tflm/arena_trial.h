// SPDX-License-Identifier: Apache-2.0

#ifndef MNIST_MICRO_TFLM_ARENA_TRIAL_H_
#define MNIST_MICRO_TFLM_ARENA_TRIAL_H_

#include <cstddef>
#include <cstdint>

#include "tensorflow/lite/micro/micro_op_resolver.h"

// The program that tries arenas of given sizes for one model and prints what happened. It knows nothing
// of the search for the smallest one, which is the host's: see tflm/host/measure_arena.py. Target-safe:
// no heap, no files, no exceptions. The rule tflm_arena generates its main().

namespace mnist_micro::tflm {

// TFLM aligns its buffers to 16 bytes: sizes in between buy nothing.
inline constexpr std::size_t kArenaStep = 16;
// The bytes before and after an arena that must stay as they are.
inline constexpr std::size_t kArenaGuard = 4096;

struct TrialInput {
  const std::uint8_t* data;
  std::size_t size;
};

// What main() is generated with. All that it points to must outlive the call.
struct TrialModel {
  const std::uint8_t* data;                 // Aligned to 16 bytes.
  const tflite::MicroOpResolver* resolver;  // nullptr: the operators could not be registered.
  int resource_variables;                   // How many the model has.
  std::uint8_t* variables;                  // VariableBytes() of them; aligned to 16 bytes.
  std::uint8_t integer_inputs;              // For inputs of wide integers: see FillWithGenerated.
  const TrialInput* inputs;  // The bytes of each input; nullptr: numbers from a fixed generator.
  std::size_t inputs_size;   // How many there are.
  std::uint8_t* memory;      // kArenaGuard, the largest arena, kArenaGuard; aligned to 16 bytes.
  std::size_t largest;       // The largest arena in bytes, a multiple of kArenaStep.
};

// The memory that `account` needs for resource variables beside the arena.
constexpr std::size_t VariableBytes(int resource_variables) {
  return resource_variables == 0 ? 16 : 4096 + 64 * static_cast<std::size_t>(resource_variables);
}

// Prints a part of a line. What runs the program provides it: on the host //tflm/host:arena_trial_on_host.
void PrintTrial(const char* text);

// Each argument asks for a line of JSON:
//   a number of bytes  the model is run twice with an arena of that size:
//                      {"arena": 2704, "outcome": "ran", "output_bytes": 10, "digests": ["...", "..."]},
//                      the FNV-1a digests of the outputs of both runs, or
//                      {"arena": 64, "outcome": "refused", "why": "..."} or
//                      {"arena": 64, "outcome": "overrun"}, which wrote beyond the arena. An arena that
//                      is far too small may crash TFLM, so that no line follows.
//   account            what uses the largest arena, by TFLM's own account, and what this program is:
//                      {"target": "x86-64", "pointer_bits": 64, "tflm_source": "...",
//                       "tflm_commit": "...", "largest": 70000, "used": 2224, "non_persistent": 976,
//                       "persistent_by_type": {"tensors": 96, ...}}, or {"fault": "..."}.
// Returns the exit code: 0, or 2 if an argument is something else.
int TryArenas(const TrialModel& model, int argc, char** argv);

}  // namespace mnist_micro::tflm

#endif  // MNIST_MICRO_TFLM_ARENA_TRIAL_H_
