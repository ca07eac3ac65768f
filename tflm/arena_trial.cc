// SPDX-License-Identifier: Apache-2.0

#include "mnist_micro/tflm/arena_trial.h"

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "mnist_micro/tflm/generated_input.h"
#include "mnist_micro/tflm/interpreter.h"
#include "mnist_micro/tflm_source.h"
#include "tensorflow/lite/c/common.h"
#include "tensorflow/lite/micro/micro_interpreter.h"
#include "tensorflow/lite/micro/recording_micro_interpreter.h"
#include "tensorflow/lite/schema/schema_generated.h"

namespace mnist_micro::tflm {
namespace {

constexpr std::uint8_t kGuardByte = 0xc3;
// What the arena contains before: nothing that TFLM could take for zeros.
constexpr std::uint8_t kGarbage = 0xa5;
constexpr int kExitBadUsage = 2;

#if defined(__x86_64__)
constexpr char kTarget[] = "x86-64";
#elif defined(__aarch64__)
constexpr char kTarget[] = "AArch64";
#elif defined(__arm__)
constexpr char kTarget[] = "Arm";
#elif defined(__riscv)
constexpr char kTarget[] = "RISC-V";
#else
constexpr char kTarget[] = "unknown";
#endif

// --- printing ----------------------------------------------------------------------------------------

void Print(const char* text) { PrintTrial(text); }

void Print(std::size_t number) {
  char digits[24];
  char* at = digits + sizeof(digits);
  *--at = '\0';
  do {
    *--at = static_cast<char>('0' + number % 10);
    number /= 10;
  } while (number > 0);
  PrintTrial(at);
}

// Prints its arguments in turn: texts and numbers.
template <typename... Parts>
void PrintAll(Parts... parts) {
  (Print(parts), ...);
}

void PrintDigest(std::uint64_t digest) {
  char text[19] = {'"'};
  for (int i = 0; i < 16; ++i) text[1 + i] = "0123456789abcdef"[digest >> (60 - 4 * i) & 0xf];
  text[17] = '"';
  PrintTrial(text);
}

// --- one run -----------------------------------------------------------------------------------------

// An interpreter in static memory, destroyed with this object.
class Interpreter {
 public:
  Interpreter(const TrialModel& model, std::uint8_t* arena, std::size_t size)
      : interpreter_(NewInterpreter(Storage(), tflite::GetModel(model.data), *model.resolver, arena,
                                    size, model.resource_variables)) {}
  ~Interpreter() {
    if (interpreter_ != nullptr) interpreter_->~MicroInterpreter();
  }
  Interpreter(const Interpreter&) = delete;
  Interpreter& operator=(const Interpreter&) = delete;

  tflite::MicroInterpreter* operator->() { return interpreter_; }
  bool is_initialized() const {
    return interpreter_ != nullptr && interpreter_->initialization_status() == kTfLiteOk;
  }

 private:
  static InterpreterStorage& Storage() {
    static InterpreterStorage storage;
    return storage;
  }

  tflite::MicroInterpreter* interpreter_;
};

// The outputs of a run.
struct Output {
  std::size_t bytes = 0;
  std::uint64_t digest = 0xcbf29ce484222325;  // FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv
};

// Why a run failed: a text; or that what it names has so many, but so many are given.
struct Fault {
  const char* text = nullptr;
  const char* unit = nullptr;
  std::size_t has = 0;
  std::size_t given = 0;
  int input = -1;  // The number of the input, if it is about one.
};

Fault FillInputs(const TrialModel& model, Interpreter& interpreter) {
  if (model.inputs != nullptr && model.inputs_size != interpreter->inputs_size()) {
    return {"the model", "inputs", interpreter->inputs_size(), model.inputs_size};
  }
  for (std::size_t i = 0; i < interpreter->inputs_size(); ++i) {
    TfLiteTensor* input = interpreter->input(i);
    if (input == nullptr || (input->data.raw == nullptr && input->bytes > 0)) {
      return {"an input has no memory"};
    }
    if (model.inputs != nullptr && model.inputs[i].size != input->bytes) {
      return {"input ", "bytes", input->bytes, model.inputs[i].size, static_cast<int>(i)};
    }
    if (input->bytes == 0) continue;
    if (model.inputs == nullptr) {
      FillWithGenerated(*input, static_cast<std::uint32_t>(i + 1), model.integer_inputs);
    } else {
      std::memcpy(input->data.raw, model.inputs[i].data, input->bytes);
    }
  }
  return {};
}

Fault RunOnce(const TrialModel& model, Interpreter& interpreter, Output& output) {
  const Fault fault = FillInputs(model, interpreter);
  if (fault.text != nullptr) return fault;
  if (interpreter->Invoke() != kTfLiteOk) return {"an operator failed"};
  for (std::size_t i = 0; i < interpreter->outputs_size(); ++i) {
    const TfLiteTensor* tensor = interpreter->output(i);
    if (tensor == nullptr || (tensor->data.raw == nullptr && tensor->bytes > 0)) {
      return {"an output has no memory"};
    }
    output.bytes += tensor->bytes;
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(tensor->data.raw);
    for (std::size_t k = 0; k < tensor->bytes; ++k) {
      output.digest = (output.digest ^ bytes[k]) * 0x100000001b3;
    }
  }
  return {};
}

// Runs it twice, as what the first run leaves behind must not disturb the second.
Fault RunTwice(const TrialModel& model, std::uint8_t* arena, std::size_t size, Output& first,
               Output& second) {
  Interpreter interpreter(model, arena, size);
  if (!interpreter.is_initialized()) return {"the interpreter could not be initialized"};
  if (interpreter->AllocateTensors() != kTfLiteOk) return {"the tensors could not be allocated"};
  const Fault fault = RunOnce(model, interpreter, first);
  return fault.text != nullptr ? fault : RunOnce(model, interpreter, second);
}

// --- what is asked for -------------------------------------------------------------------------------

// An arena of `size` bytes between guards. TFLM gets nothing but garbage in it.
std::uint8_t* Prepare(const TrialModel& model, std::size_t size) {
  std::uint8_t* arena = model.memory + kArenaGuard;
  std::memset(model.memory, kGuardByte, kArenaGuard + model.largest + kArenaGuard);
  std::memset(arena, kGarbage, size);
  return arena;
}

bool IsIntact(const TrialModel& model, std::size_t size) {
  const std::uint8_t* end = model.memory + kArenaGuard + model.largest + kArenaGuard;
  for (const std::uint8_t* byte = model.memory; byte < end; ++byte) {
    if (byte == model.memory + kArenaGuard) byte += size;
    if (*byte != kGuardByte) return false;
  }
  return true;
}

void Try(const TrialModel& model, std::size_t size) {
  Fault fault;
  Output first;
  Output second;
  bool is_intact = true;
  if (size > model.largest) {
    fault = {"it is larger than the largest"};
  } else {
    fault = RunTwice(model, Prepare(model, size), size, first, second);
    is_intact = IsIntact(model, size);
  }
  // Only now: TFLM may print to the same place.
  PrintAll("{\"arena\": ", size, ", \"outcome\": ");
  if (!is_intact) {
    Print("\"overrun\"}\n");
    return;
  }
  if (fault.text == nullptr) {
    PrintAll("\"ran\", \"output_bytes\": ", first.bytes, ", \"digests\": [");
    PrintDigest(first.digest);
    Print(", ");
    PrintDigest(second.digest);
    Print("]}\n");
    return;
  }
  Print("\"refused\", \"why\": \"");
  Print(fault.text);
  if (fault.unit != nullptr) {
    if (fault.input >= 0) Print(static_cast<std::size_t>(fault.input));
    PrintAll(" has ", fault.has, " ", fault.unit, ", but ", fault.given, " are given");
  }
  Print("\"}\n");
}

void PrintAccount(const TrialModel& model) {
  const auto fail = [](const char* why) { PrintAll("{\"fault\": \"", why, "\"}\n"); };
  std::size_t used = 0;
  {
    Interpreter interpreter(model, Prepare(model, model.largest), model.largest);
    if (!interpreter.is_initialized() || interpreter->AllocateTensors() != kTfLiteOk) {
      return fail("the tensors could not be allocated");
    }
    used = interpreter->arena_used_bytes();
  }
  // The recording allocator is itself in the arena and larger than the plain one, so that only what
  // it records is taken from here.
  tflite::RecordingMicroInterpreter interpreter(
      tflite::GetModel(model.data), *model.resolver, Prepare(model, model.largest), model.largest,
      NewResourceVariables(model.variables, VariableBytes(model.resource_variables),
                           model.resource_variables));
  if (interpreter.AllocateTensors() != kTfLiteOk) return fail("the recording interpreter failed");
  const auto& allocator = interpreter.GetMicroAllocator();

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
  PrintAll(
      "{\"target\": \"", kTarget, "\", \"pointer_bits\": ", 8 * sizeof(void*),
      ", \"tflm_source\": \"" TFLM_SOURCE "\", \"tflm_commit\": \"" TFLM_COMMIT "\", \"largest\": ",
      model.largest, ", \"used\": ", used,
      ", \"non_persistent\": ", allocator.GetSimpleMemoryAllocator()->GetNonPersistentUsedBytes(),
      ", \"persistent_by_type\": {");
  const char* separator = "\"";
  for (const auto& [type, name] : kTypes) {
    PrintAll(separator, name, "\": ", allocator.GetRecordedAllocation(type).used_bytes);
    separator = ", \"";
  }
  Print("}}\n");
}

// Reads a number of bytes. Returns whether it is one.
bool ReadSize(const char* text, std::size_t& size) {
  size = 0;
  for (const char* c = text; *c != '\0'; ++c) {
    if (*c < '0' || *c > '9' || size > SIZE_MAX / 10 - 1) return false;
    size = size * 10 + static_cast<std::size_t>(*c - '0');
  }
  return *text != '\0';
}

}  // namespace

int TryArenas(const TrialModel& model, int argc, char** argv) {
  if (model.resolver == nullptr) {
    Print("{\"fault\": \"the operators could not be registered\"}\n");
    return 0;
  }
  for (int i = 1; i < argc; ++i) {
    std::size_t size = 0;
    if (std::strcmp(argv[i], "account") == 0) {
      PrintAccount(model);
    } else if (ReadSize(argv[i], size)) {
      Try(model, size);
    } else {
      PrintAll("{\"fault\": \"needs numbers of bytes, or account\"}\n");
      return kExitBadUsage;
    }
  }
  return 0;
}

}  // namespace mnist_micro::tflm
