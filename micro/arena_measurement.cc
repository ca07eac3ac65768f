#include "micro/arena_measurement.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "micro/mnist_model_data.h"
#include "micro/mnist_model_op_resolver.h"
#include "micro/sample_image_data.h"
#include "tensorflow/lite/c/common.h"
#include "tensorflow/lite/micro/micro_interpreter.h"
#include "tensorflow/lite/micro/recording_micro_interpreter.h"
#include "tensorflow/lite/schema/schema_generated.h"

namespace mnist_micro {
namespace {

constexpr std::size_t kGuard = 4096;
constexpr std::uint8_t kGuardByte = 0xc3;
// What the arena holds before: nothing that TFLM could take for zeros.
constexpr std::uint8_t kGarbage = 0xa5;
// A child exits with this plus its outcome: small codes are those of others, of sanitizers say.
constexpr int kExitCodeBase = 64;

using Scores = std::vector<std::int8_t>;

// An arena between two guards, all of one array.
struct GuardedArena {
  alignas(kArenaStep) std::uint8_t bytes[kGuard + kLargestArena + kGuard];

  std::uint8_t* Prepare(std::size_t size) {
    std::memset(bytes, kGuardByte, sizeof(bytes));
    std::memset(bytes + kGuard, kGarbage, size);
    return bytes + kGuard;
  }

  bool IsIntact(std::size_t size) const {
    const auto is_guard = [](std::uint8_t byte) { return byte == kGuardByte; };
    return std::all_of(bytes, bytes + kGuard, is_guard) &&
           std::all_of(bytes + kGuard + size, bytes + sizeof(bytes), is_guard);
  }
};

GuardedArena& Arena() {
  static GuardedArena arena;
  return arena;
}

// Runs the sample image through the model once. The pixels are shifted to int8, which is what the
// model's quantization makes of them; for a measurement any fixed image would do.
TfLiteStatus RunOnce(tflite::MicroInterpreter& interpreter, Scores& scores) {
  TfLiteTensor* input = interpreter.input(0);
  const TfLiteTensor* output = interpreter.output(0);
  if (input == nullptr || output == nullptr || input->type != kTfLiteInt8 ||
      output->type != kTfLiteInt8 || input->bytes != kSampleImageSize) {
    return kTfLiteError;
  }
  for (std::size_t i = 0; i < kSampleImageSize; ++i) {
    input->data.int8[i] = static_cast<std::int8_t>(static_cast<int>(kSampleImage[i]) - 128);
  }
  const TfLiteStatus status = interpreter.Invoke();
  if (status != kTfLiteOk) return status;
  scores.assign(output->data.int8, output->data.int8 + output->bytes);
  return kTfLiteOk;
}

// Runs it twice, as what the first run leaves behind must not disturb the second.
TfLiteStatus RunTwice(std::size_t arena_size, Scores& first, Scores& second) {
  MnistModelOpResolver resolver;
  TfLiteStatus status = RegisterMnistModelOps(resolver);
  if (status != kTfLiteOk) return status;
  tflite::MicroInterpreter interpreter(tflite::GetModel(kMnistModel), resolver,
                                       Arena().Prepare(arena_size), arena_size);
  status = interpreter.initialization_status();
  if (status == kTfLiteOk) status = interpreter.AllocateTensors();
  if (status == kTfLiteOk) status = RunOnce(interpreter, first);
  if (status == kTfLiteOk) status = RunOnce(interpreter, second);
  return status;
}

// The output with the largest arena; empty if the model doesn't run even then.
const Scores& Expected() {
  static const Scores expected = [] {
    Scores first;
    Scores second;
    const bool right =
        RunTwice(kLargestArena, first, second) == kTfLiteOk && first == second && !first.empty();
    return right ? first : Scores();
  }();
  return expected;
}

}  // namespace

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

ArenaOutcome TryArena(std::size_t arena_size) {
  if (Expected().empty() || arena_size > kLargestArena) return ArenaOutcome::kRefused;
  Scores first;
  Scores second;
  const TfLiteStatus status = RunTwice(arena_size, first, second);
  if (!Arena().IsIntact(arena_size)) return ArenaOutcome::kOverrun;
  if (status != kTfLiteOk) return ArenaOutcome::kRefused;
  return first == Expected() && second == Expected() ? ArenaOutcome::kWorks
                                                     : ArenaOutcome::kWrongOutput;
}

ArenaOutcome TryArenaInChild(std::size_t arena_size) {
  // Else each child would compute it, and print what is still in the buffers.
  (void)Expected();
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child < 0) return ArenaOutcome::kCrashed;
  if (child == 0) {
    if (std::freopen("/dev/null", "w", stderr) == nullptr) _exit(1);
    _exit(kExitCodeBase + static_cast<int>(TryArena(arena_size)));
  }
  int status = 0;
  if (waitpid(child, &status, 0) != child || !WIFEXITED(status) ||
      WEXITSTATUS(status) < kExitCodeBase ||
      WEXITSTATUS(status) >= kExitCodeBase + static_cast<int>(ArenaOutcome::kCrashed)) {
    return ArenaOutcome::kCrashed;
  }
  return static_cast<ArenaOutcome>(WEXITSTATUS(status) - kExitCodeBase);
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

std::string DescribeArena(ArenaReport& report) {
  if (Expected().empty()) return "the model does not run, even with the largest arena";
  MnistModelOpResolver resolver;
  if (RegisterMnistModelOps(resolver) != kTfLiteOk) return "the operators could not be registered";
  const tflite::Model* model = tflite::GetModel(kMnistModel);
  report = {};
  {
    tflite::MicroInterpreter interpreter(model, resolver, Arena().Prepare(kLargestArena),
                                         kLargestArena);
    if (interpreter.AllocateTensors() != kTfLiteOk) return "the tensors could not be allocated";
    report.used = interpreter.arena_used_bytes();
  }
  // The recording allocator is itself in the arena and larger than the plain one, so that only what
  // it records is taken from here.
  tflite::RecordingMicroInterpreter interpreter(model, resolver, Arena().Prepare(kLargestArena),
                                                kLargestArena);
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

}  // namespace mnist_micro
