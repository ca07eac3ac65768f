// SPDX-License-Identifier: Apache-2.0

#include "mnist_micro/tflm/host/arena_measurement.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "mnist_micro/tflm/host/generated_input.h"
#include "mnist_micro/tflm/interpreter.h"
#include "tensorflow/lite/c/common.h"
#include "tensorflow/lite/micro/micro_interpreter.h"
#include "tensorflow/lite/micro/recording_micro_interpreter.h"
#include "tensorflow/lite/schema/schema_generated.h"

namespace mnist_micro::tflm {
namespace {

constexpr std::size_t kGuard = 4096;
constexpr std::uint8_t kGuardByte = 0xc3;
// What the arena contains before: nothing that TFLM could take for zeros.
constexpr std::uint8_t kGarbage = 0xa5;
// A child exits with this plus its outcome: small codes are those of others, such as sanitizers.
constexpr int kExitCodeBase = 64;

struct Destroy {
  void operator()(tflite::MicroInterpreter* interpreter) const { interpreter->~MicroInterpreter(); }
};

}  // namespace

ArenaMeasurement::ArenaMeasurement(const std::uint8_t* model,
                                   const tflite::MicroOpResolver& resolver, int resource_variables,
                                   std::vector<Bytes> inputs, std::uint8_t integer_inputs,
                                   std::size_t largest)
    : model_(model),
      resolver_(resolver),
      resource_variables_(resource_variables),
      inputs_(std::move(inputs)),
      integer_inputs_(integer_inputs),
      largest_(largest / kArenaStep * kArenaStep),
      memory_(kGuard + largest_ + kGuard + kArenaStep) {
  const auto start = reinterpret_cast<std::uintptr_t>(memory_.data()) + kGuard;
  arena_ = memory_.data() + kGuard + (kArenaStep - start % kArenaStep) % kArenaStep;
  fault_ = RunTwice(largest_, expected_, expected_again_);
  if (fault_.empty() && expected_.empty()) fault_ = "the model has no output";
}

std::uint8_t* ArenaMeasurement::Prepare(std::size_t size) {
  std::fill(memory_.begin(), memory_.end(), kGuardByte);
  std::memset(arena_, kGarbage, size);
  return arena_;
}

bool ArenaMeasurement::IsIntact(std::size_t size) const {
  const auto is_guard = [](std::uint8_t byte) { return byte == kGuardByte; };
  const std::uint8_t* begin = memory_.data();
  return std::all_of(begin, static_cast<const std::uint8_t*>(arena_), is_guard) &&
         std::all_of(static_cast<const std::uint8_t*>(arena_) + size, begin + memory_.size(),
                     is_guard);
}

// Returns an empty string, or what went wrong.
std::string ArenaMeasurement::RunOnce(tflite::MicroInterpreter& interpreter, Bytes& output) {
  if (!inputs_.empty() && inputs_.size() != interpreter.inputs_size()) {
    return "the model has " + std::to_string(interpreter.inputs_size()) + " inputs, but " +
           std::to_string(inputs_.size()) + " are given";
  }
  for (std::size_t i = 0; i < interpreter.inputs_size(); ++i) {
    TfLiteTensor* input = interpreter.input(i);
    if (input == nullptr || (input->data.raw == nullptr && input->bytes > 0)) {
      return "an input has no memory";
    }
    if (inputs_.empty()) {
      FillWithGenerated(*input, static_cast<std::uint32_t>(i + 1), integer_inputs_);
    } else if (inputs_[i].size() != input->bytes) {
      return "input " + std::to_string(i) + " has " + std::to_string(input->bytes) +
             " bytes, but " + std::to_string(inputs_[i].size()) + " are given";
    } else {
      std::memcpy(input->data.raw, inputs_[i].data(), input->bytes);
    }
  }
  if (interpreter.Invoke() != kTfLiteOk) return "an operator failed";
  output.clear();
  for (std::size_t i = 0; i < interpreter.outputs_size(); ++i) {
    const TfLiteTensor* tensor = interpreter.output(i);
    if (tensor == nullptr || (tensor->data.raw == nullptr && tensor->bytes > 0)) {
      return "an output has no memory";
    }
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(tensor->data.raw);
    output.insert(output.end(), bytes, bytes + tensor->bytes);
  }
  return "";
}

// Runs it twice, as what the first run leaves behind must not disturb the second.
std::string ArenaMeasurement::RunTwice(std::size_t arena_size, Bytes& first, Bytes& second) {
  static InterpreterStorage storage;
  const std::unique_ptr<tflite::MicroInterpreter, Destroy> interpreter(
      NewInterpreter(storage, tflite::GetModel(model_), resolver_, Prepare(arena_size), arena_size,
                     resource_variables_));
  if (interpreter == nullptr || interpreter->initialization_status() != kTfLiteOk) {
    return "the interpreter could not be initialized";
  }
  if (interpreter->AllocateTensors() != kTfLiteOk) {
    return "the tensors could not be allocated in an arena of " + std::to_string(arena_size) +
           " bytes (a larger arena: --largest, `largest` of tflm_arena, `largest_arena` of"
           " tflm_cc_library)";
  }
  std::string fault = RunOnce(*interpreter, first);
  if (fault.empty()) fault = RunOnce(*interpreter, second);
  return fault;
}

const char* OutcomeName(ArenaOutcome outcome) {
  switch (outcome) {
    case ArenaOutcome::kWorks:
      return "works";
    case ArenaOutcome::kRefused:
      return "refused";
    case ArenaOutcome::kWrongOutput:
      return "wrong output";
    case ArenaOutcome::kOverrun:
      return "overrun";
    case ArenaOutcome::kCrashed:
      return "crashed";
  }
  return "unknown";
}

ArenaOutcome ArenaMeasurement::Try(std::size_t arena_size) {
  if (!fault_.empty() || arena_size > largest_) return ArenaOutcome::kRefused;
  Bytes first;
  Bytes second;
  const std::string fault = RunTwice(arena_size, first, second);
  if (!IsIntact(arena_size)) return ArenaOutcome::kOverrun;
  if (!fault.empty()) return ArenaOutcome::kRefused;
  return first == expected_ && second == expected_again_ ? ArenaOutcome::kWorks
                                                         : ArenaOutcome::kWrongOutput;
}

ArenaOutcome ArenaMeasurement::TryInChild(std::size_t arena_size) {
  // Else each child would print what is still in the buffers.
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child < 0) return ArenaOutcome::kCrashed;
  if (child == 0) {
    if (std::freopen("/dev/null", "w", stderr) == nullptr) _exit(1);
    _exit(kExitCodeBase + static_cast<int>(Try(arena_size)));
  }
  int status = 0;
  if (waitpid(child, &status, 0) != child || !WIFEXITED(status) ||
      WEXITSTATUS(status) < kExitCodeBase ||
      WEXITSTATUS(status) >= kExitCodeBase + static_cast<int>(ArenaOutcome::kCrashed)) {
    return ArenaOutcome::kCrashed;
  }
  return static_cast<ArenaOutcome>(WEXITSTATUS(status) - kExitCodeBase);
}

std::size_t ArenaMeasurement::FindSmallest() {
  return FindSmallestArena(
      largest_, [this](std::size_t size) { return TryInChild(size) == ArenaOutcome::kWorks; });
}

std::size_t FindSmallestArena(std::size_t largest, const std::function<bool(std::size_t)>& works) {
  std::size_t too_small = 0;
  std::size_t enough = largest / kArenaStep;
  if (enough == 0 || !works(enough * kArenaStep)) return 0;
  while (enough - too_small > 1) {
    const std::size_t middle = too_small + (enough - too_small) / 2;
    (works(middle * kArenaStep) ? enough : too_small) = middle;
  }
  return enough * kArenaStep;
}

std::string ArenaMeasurement::Describe(ArenaReport& report) {
  if (!fault_.empty()) return fault_;
  const tflite::Model* model = tflite::GetModel(model_);
  report = {};
  {
    static InterpreterStorage storage;
    const std::unique_ptr<tflite::MicroInterpreter, Destroy> interpreter(NewInterpreter(
        storage, model, resolver_, Prepare(largest_), largest_, resource_variables_));
    if (interpreter == nullptr || interpreter->AllocateTensors() != kTfLiteOk) {
      return "the tensors could not be allocated";
    }
    report.used = interpreter->arena_used_bytes();
  }
  // The recording allocator is itself in the arena and larger than the plain one, so that only what
  // it records is taken from here.
  alignas(kArenaStep) static std::uint8_t variables[64 * 1024];
  tflite::RecordingMicroInterpreter interpreter(
      model, resolver_, Prepare(largest_), largest_,
      NewResourceVariables(variables, sizeof(variables), resource_variables_));
  if (interpreter.AllocateTensors() != kTfLiteOk) return "the recording interpreter failed";
  const auto& allocator = interpreter.GetMicroAllocator();
  report.non_persistent = allocator.GetSimpleMemoryAllocator()->GetNonPersistentUsedBytes();
  if (report.non_persistent > report.used) return "the recorded sizes contradict each other";
  report.persistent = report.used - report.non_persistent;

  using Type = tflite::RecordedAllocationType;
  const struct {
    Type type;
    const char* name;
  } kTypes[] = {
      {Type::kTfLiteEvalTensorData, "eval tensors"},
      {Type::kPersistentTfLiteTensorData, "tensors"},
      {Type::kPersistentTfLiteTensorQuantizationData, "quantization"},
      {Type::kPersistentBufferData, "operators' buffers"},
      {Type::kTfLiteTensorVariableBufferData, "variables"},
      {Type::kNodeAndRegistrationArray, "nodes and registrations"},
      {Type::kOpData, "operators' options"},
  };
  std::size_t recorded = 0;
  for (const auto& [type, name] : kTypes) {
    const std::size_t bytes = allocator.GetRecordedAllocation(type).used_bytes;
    report.persistent_parts.push_back({name, bytes});
    recorded += bytes;
  }
  if (recorded > report.persistent) return "the recorded sizes contradict each other";
  report.persistent_parts.push_back({"allocator and unrecorded", report.persistent - recorded});
  return "";
}

}  // namespace mnist_micro::tflm
