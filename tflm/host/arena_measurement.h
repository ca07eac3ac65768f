// SPDX-License-Identifier: Apache-2.0

#ifndef MNIST_MICRO_TFLM_HOST_ARENA_MEASUREMENT_H_
#define MNIST_MICRO_TFLM_HOST_ARENA_MEASUREMENT_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tensorflow/lite/micro/micro_interpreter.h"
#include "tensorflow/lite/micro/micro_op_resolver.h"

// Measures the arena that a model needs on the machine that this runs on. Host only.

namespace mnist_micro::tflm {

// TFLM aligns its buffers to 16 bytes: sizes in between buy nothing.
inline constexpr std::size_t kArenaStep = 16;

enum class ArenaOutcome {
  kWorks,        // Ran twice, and gave the same outputs as with the largest arena.
  kRefused,      // TFLM returned an error: the clean way to fail.
  kWrongOutput,  // Ran to another output.
  kOverrun,      // Wrote beyond the arena.
  kCrashed,      // The process died: TFLM doesn't check each of its allocations.
};

// One word for a report.
const char* OutcomeName(ArenaOutcome outcome);

// The smallest multiple of kArenaStep, up to `largest`, with which `works` is true, by bisection: it
// must be false below some size and true from there. 0 if it is not even true for `largest`.
std::size_t FindSmallestArena(std::size_t largest, const std::function<bool(std::size_t)>& works);

struct ArenaPart {
  std::string name;
  std::size_t bytes;
};

// What uses the arena, as TFLM itself reports it.
struct ArenaReport {
  std::size_t used = 0;            // arena_used_bytes().
  std::size_t non_persistent = 0;  // Activations and scratch buffers, planned to share memory.
  std::size_t persistent = 0;      // What lives as long as the interpreter.
  // By allocation type; their sum is `persistent`. The last one is what TFLM records under no type.
  std::vector<ArenaPart> persistent_parts;
};

// One model and what it runs on.
class ArenaMeasurement {
 public:
  using Bytes = std::vector<std::uint8_t>;

  // model: 16-byte aligned; the linked TFLM is known to run it; it and the resolver must outlive this
  // object.
  // resource_variables: how many the model has.
  // inputs: the raw bytes of each input; if there are none, numbers from a fixed generator are used, and
  // `integer_inputs` for wide integers: see FillWithGenerated.
  // largest: the arena that is certainly enough, whose output is taken as correct.
  ArenaMeasurement(const std::uint8_t* model, const tflite::MicroOpResolver& resolver,
                   int resource_variables, std::vector<Bytes> inputs, std::uint8_t integer_inputs,
                   std::size_t largest);

  // An empty string, or why the model does not run even with the largest arena, in one line.
  const std::string& fault() const { return fault_; }
  std::size_t largest() const { return largest_; }

  // Runs the model with an arena of `arena_size` bytes, at most largest(), in this process. With an
  // arena that is far too small TFLM may crash.
  ArenaOutcome Try(std::size_t arena_size);

  // The same in a process of its own, so that a crash is an outcome too. TFLM's log is suppressed.
  ArenaOutcome TryInChild(std::size_t arena_size);

  // The smallest arena that works; 0 if none does.
  std::size_t FindSmallest();

  // Returns an empty string, or why it can't be told.
  std::string Describe(ArenaReport& report);

 private:
  std::uint8_t* Prepare(std::size_t size);
  bool IsIntact(std::size_t size) const;
  std::string RunOnce(tflite::MicroInterpreter& interpreter, Bytes& output);
  std::string RunTwice(std::size_t arena_size, Bytes& first, Bytes& second);

  const std::uint8_t* model_;
  const tflite::MicroOpResolver& resolver_;
  int resource_variables_;
  std::vector<Bytes> inputs_;
  std::uint8_t integer_inputs_;
  std::size_t largest_;
  // An arena between two guards, all of one piece.
  Bytes memory_;
  std::uint8_t* arena_;
  // The outputs of the first and the second run: those of a stateful model differ.
  Bytes expected_;
  Bytes expected_again_;
  std::string fault_;
};

}  // namespace mnist_micro::tflm

#endif  // MNIST_MICRO_TFLM_HOST_ARENA_MEASUREMENT_H_
