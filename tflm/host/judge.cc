// SPDX-License-Identifier: Apache-2.0

#include "mnist_micro/tflm/host/judge.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "mnist_micro/host/json.h"
#include "mnist_micro/tflm/generated_input.h"
#include "mnist_micro/tflm/interpreter.h"
#include "mnist_micro/tflm_source.h"
#include "tensorflow/lite/c/common.h"
#include "tensorflow/lite/micro/micro_interpreter.h"
#include "tensorflow/lite/micro/micro_profiler_interface.h"
#include "tensorflow/lite/micro/recording_micro_interpreter.h"
#include "tensorflow/lite/schema/schema_generated.h"

#if defined(__SANITIZE_ADDRESS__)
#define MNIST_MICRO_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MNIST_MICRO_SANITIZED 1
#endif
#endif

namespace mnist_micro::tflm {
namespace {

constexpr std::size_t kAlignment = 16;
constexpr std::size_t kMostLogBytes = 16 * 1024;
// TFLM needs some more than it uses while it allocates.
constexpr std::size_t kSlack = 64 * 1024;
// Beside arena and model; a sanitizer reserves terabytes, so there it has no limit.
[[maybe_unused]] constexpr rlim_t kMoreMemory = rlim_t{1} << 30;
// Small exit codes are those of others, of sanitizers say.
constexpr int kExitFinished = 64;
constexpr int kExitRefused = 65;
constexpr int kExitNoMemory = 66;
// How many seconds may pass for each one of processor time, beside so many at the start.
constexpr int kClockPerSecond = 10;
constexpr int kMoreClockSeconds = 60;
// The operator VAR_HANDLE; the schema of 2020 has no name for it.
constexpr int kVarHandle = 142;

// What the child shows of its progress. It is not trusted further than that.
struct Progress {
  TrialStage stage;
  std::uint32_t ops_started;
  bool has_wide_integers;
  char op[64];
  std::size_t arena_used_bytes;
  std::size_t planned_bytes;
};

// Writes down which operator runs.
class Reporter : public tflite::MicroProfilerInterface {
 public:
  explicit Reporter(Progress& progress) : progress_(progress) {}

  std::uint32_t BeginEvent(const char* tag) override {
    ++progress_.ops_started;
    std::strncpy(progress_.op, tag == nullptr ? "" : tag, sizeof(progress_.op) - 1);
    return 0;
  }
  void EndEvent(std::uint32_t) override { progress_.op[0] = '\0'; }

 private:
  Progress& progress_;
};

// Pages of memory with others around them that can't be touched.
class GuardedMemory {
 public:
  explicit GuardedMemory(std::size_t size) {
    const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    usable_ = (size + page - 1) / page * page;
    void* memory = mmap(nullptr, usable_ + 2 * page, PROT_NONE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) return;
    begin_ = static_cast<std::uint8_t*>(memory) + page;
    if (mprotect(begin_, usable_, PROT_READ | PROT_WRITE) != 0) begin_ = nullptr;
  }
  // The last `size` bytes, as far as the alignment allows; nullptr if none are available.
  std::uint8_t* end_of(std::size_t size) {
    if (begin_ == nullptr) return nullptr;
    return begin_ + (usable_ - size) / kAlignment * kAlignment;
  }
  bool MakeReadOnly() { return mprotect(begin_, usable_, PROT_READ) == 0; }

 private:
  std::size_t usable_ = 0;
  std::uint8_t* begin_ = nullptr;
};

int CountVarHandles(const tflite::Model& model) {
  int count = 0;
  for (const tflite::SubGraph* subgraph : *model.subgraphs()) {
    if (subgraph->operators() == nullptr) continue;
    for (const tflite::Operator* op : *subgraph->operators()) {
      const auto* code = model.operator_codes()->Get(op->opcode_index());
      count += static_cast<int>(code->builtin_code()) == kVarHandle;
    }
  }
  return count;
}

// FNV-1a. The outputs themselves can be larger than the memory that is left.
class Digest {
 public:
  void Add(const void* data, std::size_t size) {
    const auto* bytes = static_cast<const std::uint8_t*>(data);
    for (std::size_t i = 0; i < size; ++i) value_ = (value_ ^ bytes[i]) * 0x100000001b3u;
  }
  bool operator==(const Digest& other) const { return value_ == other.value_; }

 private:
  std::uint64_t value_ = 0xcbf29ce484222325u;
};

// Invokes twice, as what the first run leaves behind must not disturb the second. Returns whether TFLM
// did.
bool InvokeTwice(tflite::MicroInterpreter& interpreter, std::uint8_t integer, Progress& progress,
                 Digest& outputs) {
  for (int run = 0; run < 2; ++run) {
    for (std::size_t i = 0; i < interpreter.inputs_size(); ++i) {
      TfLiteTensor* input = interpreter.input(i);
      if (input == nullptr) return false;
      if (input->bytes == 0) continue;
      if (input->data.raw == nullptr) {
        std::fprintf(stderr, "Input %zu has no memory\n", i);
        return false;
      }
      progress.has_wide_integers |= IsWideInteger(input->type);
      FillWithGenerated(*input, static_cast<std::uint32_t>(i + 1), integer);
    }
    progress.ops_started = 0;
    if (interpreter.Invoke() != kTfLiteOk) return false;
    for (std::size_t i = 0; i < interpreter.outputs_size(); ++i) {
      const TfLiteTensor* output = interpreter.output(i);
      if (output == nullptr) return false;
      if (output->bytes == 0) continue;
      if (output->data.raw == nullptr) {
        std::fprintf(stderr, "Output %zu has no memory\n", i);
        return false;
      }
      outputs.Add(output->data.raw, output->bytes);
    }
  }
  return true;
}

// One interpreter's life. Returns whether TFLM never returned an error.
bool RunOnce(const tflite::Model* model, const tflite::MicroOpResolver& resolver,
             std::uint8_t* arena, std::size_t arena_size, int variables, std::uint8_t integer,
             Progress& progress, bool repeated, Digest& outputs) {
  const auto reach = [&](TrialStage stage) {
    if (!repeated) progress.stage = stage;
  };
  static InterpreterStorage storage;
  Reporter reporter(progress);
  tflite::MicroInterpreter* interpreter =
      NewInterpreter(storage, model, resolver, arena, arena_size, variables, &reporter);
  if (interpreter == nullptr || interpreter->initialization_status() != kTfLiteOk) return false;
  reach(TrialStage::kAllocate);
  if (interpreter->AllocateTensors() != kTfLiteOk) return false;
  progress.arena_used_bytes = interpreter->arena_used_bytes();
  reach(TrialStage::kInvoke);
  // Activations and scratch buffers contain anything when a kernel starts; all else is zero, as the
  // class's Create() leaves it: TFLM's SPACE_TO_BATCH_ND reads data of its own that it never wrote.
  if (repeated) std::memset(arena, 0xa5, std::min(progress.planned_bytes, arena_size));
  // The process ends soon: without the destructor, which is not what is judged.
  return InvokeTwice(*interpreter, integer, progress, outputs);
}

// What TFLM plans; 0 if its recording interpreter fails, which is larger than the plain one.
std::size_t PlannedBytes(const tflite::Model* model, const tflite::MicroOpResolver& resolver,
                         std::uint8_t* arena, std::size_t arena_size) {
  alignas(kAlignment) static std::uint8_t variables[kSlack];
  tflite::RecordingMicroInterpreter interpreter(
      model, resolver, arena, arena_size,
      NewResourceVariables(variables, sizeof(variables), CountVarHandles(*model)));
  if (interpreter.AllocateTensors() != kTfLiteOk) return 0;
  return interpreter.GetMicroAllocator().GetSimpleMemoryAllocator()->GetNonPersistentUsedBytes();
}

// A copy of the model that can't be written, as in flash. It lives as long as the process.
const tflite::Model* CopyModel(const std::uint8_t* bytes, std::size_t size) {
  GuardedMemory memory(size);
  std::uint8_t* copy = memory.end_of(size);
  if (copy == nullptr) _exit(kExitNoMemory);
  std::memcpy(copy, bytes, size);
  if (!memory.MakeReadOnly()) _exit(kExitNoMemory);
  return tflite::GetModel(copy);
}

// An arena of zeros. It lives as long as the process.
std::uint8_t* NewArena(std::size_t size) {
  std::uint8_t* arena = GuardedMemory(size).end_of(size);
  if (arena == nullptr) _exit(kExitNoMemory);
  return arena;
}

[[noreturn]] void RunChild(const std::uint8_t* bytes, std::size_t size,
                           const tflite::MicroOpResolver& resolver, const TrialLimits& limits,
                           std::uint8_t integer, Progress& progress) {
  const tflite::Model* model = CopyModel(bytes, size);
  std::uint8_t* arena = NewArena(limits.arena_bytes);
  if (model->subgraphs() == nullptr || model->subgraphs()->size() == 0) {
    std::fprintf(stderr, "The model has no subgraph\n");
    _exit(kExitRefused);
  }
  const int variables = CountVarHandles(*model);

  Digest outputs;
  if (!RunOnce(model, resolver, arena, limits.arena_bytes, variables, integer, progress, false,
               outputs)) {
    _exit(kExitRefused);
  }
  // Again, in an arena whose activations are not zero before: no kernel may read what none wrote.
  progress.stage = TrialStage::kRepeat;
  const std::size_t used = progress.arena_used_bytes;
  const std::size_t small_size = (used + used / 2 + kSlack) / kAlignment * kAlignment;
  Digest again;
  if (!RunOnce(model, resolver, NewArena(small_size), small_size, variables, integer, progress,
               true, again)) {
    _exit(kExitRefused);
  }
  if (outputs == again) progress.stage = TrialStage::kRuns;
  _exit(kExitFinished);
}

// The plan is measured in a separate process: what the recording interpreter does is not a verdict.
[[noreturn]] void RunPlanningChild(const std::uint8_t* bytes, std::size_t size,
                                   const tflite::MicroOpResolver& resolver,
                                   const TrialLimits& limits, Progress& progress) {
  progress.planned_bytes = PlannedBytes(CopyModel(bytes, size), resolver,
                                        NewArena(limits.arena_bytes), limits.arena_bytes);
  _exit(kExitFinished);
}

// Never above what is allowed already, which root could.
template <typename Resource>
void Limit(Resource resource, rlim_t most) {
  rlimit limit;
  if (getrlimit(resource, &limit) != 0) return;
  limit.rlim_max = std::min(limit.rlim_max, most);
  limit.rlim_cur = std::min(limit.rlim_cur, most);
  setrlimit(resource, &limit);
}

void LimitChild(const TrialLimits& limits, std::size_t model_size) {
  Limit(RLIMIT_CORE, 0);
  Limit(RLIMIT_FSIZE, kMostLogBytes * 64);
#if !defined(MNIST_MICRO_SANITIZED)
  Limit(RLIMIT_AS, 2 * (limits.arena_bytes + model_size) + kMoreMemory);
#else
  static_cast<void>(model_size);
#endif
  signal(SIGXCPU, SIG_DFL);
  // The signal comes at the soft limit; at the hard one the process is killed, as without memory.
  rlimit seconds;
  if (getrlimit(RLIMIT_CPU, &seconds) == 0) {
    seconds.rlim_cur = std::min(seconds.rlim_max, static_cast<rlim_t>(limits.seconds));
    setrlimit(RLIMIT_CPU, &seconds);
  }
  // A child that waits is ended too.
  const itimerval timer = {{0, 0}, {kMoreClockSeconds + kClockPerSecond * limits.seconds, 0}};
  signal(SIGALRM, SIG_DFL);
  setitimer(ITIMER_REAL, &timer, nullptr);
}

// Runs a function in a limited process. Returns whether it could.
template <typename Child>
bool Fork(std::FILE* log, const TrialLimits& limits, std::size_t model_size, const Child& child,
          int& status) {
  // Else the child would print what is still in the buffers.
  std::fflush(nullptr);
  const pid_t pid = fork();
  if (pid < 0) return false;
  if (pid == 0) {
    const int fd = fileno(log);
    if (dup2(fd, STDOUT_FILENO) < 0 || dup2(fd, STDERR_FILENO) < 0) _exit(1);
    // So that nothing is lost in a crash.
    std::setvbuf(stderr, nullptr, _IONBF, 0);
    LimitChild(limits, model_size);
    child();
    _exit(1);
  }
  return waitpid(pid, &status, 0) == pid;
}

// A file in memory, so that a full disk does not matter.
std::FILE* NewLog() {
  const int fd = memfd_create("log", 0);
  return fd < 0 ? nullptr : fdopen(fd, "w+");
}

std::string ReadLog(std::FILE* log) {
  std::string text(kMostLogBytes, '\0');
  if (std::fseek(log, 0, SEEK_SET) != 0) return "";
  text.resize(std::fread(text.data(), 1, text.size(), log));
  return text;
}

// How a trial ended, by what became of its process.
void ReadEnd(int status, Verdict& verdict) {
  if (WIFSIGNALED(status)) {
    verdict.code = WTERMSIG(status);
    switch (verdict.code) {
      case SIGXCPU:
        verdict.end = TrialEnd::kTimedOut;
        break;
      case SIGALRM:
        verdict.log = "this machine has too little processor time to try it";
        break;
      case SIGKILL:
        verdict.log =
            "it was killed while it was tried: is there too little memory, or a limit on time?";
        break;
      default:
        verdict.end = TrialEnd::kKilled;
    }
  } else if (WEXITSTATUS(status) == kExitNoMemory) {
    verdict.log = "this machine has too little memory to try it";
  } else if (WEXITSTATUS(status) == kExitFinished) {
    verdict.end = TrialEnd::kFinished;
  } else if (WEXITSTATUS(status) == kExitRefused) {
    verdict.end = TrialEnd::kRefused;
  } else {
    verdict.code = WEXITSTATUS(status);
    verdict.end = TrialEnd::kExited;
  }
}

// Runs a part of a trial. The verdict says how it ended, with what was printed.
template <typename Child>
Verdict TryInChild(const TrialLimits& limits, std::size_t model_size, const Child& child) {
  Verdict verdict;
  verdict.log = "no process could be started to try it";
  std::FILE* log = NewLog();
  if (log == nullptr) return verdict;
  int status = 0;
  if (Fork(log, limits, model_size, child, status)) {
    verdict.log = ReadLog(log);
    ReadEnd(status, verdict);
  }
  std::fclose(log);
  return verdict;
}

// Tries a model once. progress: shared with the children; has what TFLM plans.
Verdict TryWithIntegers(const std::uint8_t* model, std::size_t size,
                        const tflite::MicroOpResolver& resolver, const TrialLimits& limits,
                        std::uint8_t integer, Progress& progress) {
  Verdict verdict =
      TryInChild(limits, size, [&] { RunChild(model, size, resolver, limits, integer, progress); });
  verdict.integer_inputs = integer;
  verdict.stage = std::min(progress.stage, TrialStage::kRuns);
  progress.op[sizeof(progress.op) - 1] = '\0';
  verdict.op = progress.op;
  verdict.ops_started = progress.ops_started;
  if (verdict.runs()) verdict.arena_used_bytes = progress.arena_used_bytes;
  if (verdict.stage > TrialStage::kAllocate) verdict.planned_bytes = progress.planned_bytes;
  return verdict;
}

}  // namespace

const char* StageName(TrialStage stage) {
  switch (stage) {
    case TrialStage::kInitialize:
      return "initialize";
    case TrialStage::kAllocate:
      return "allocate";
    case TrialStage::kInvoke:
      return "invoke";
    case TrialStage::kRepeat:
      return "repeat";
    case TrialStage::kRuns:
      return "runs";
  }
  return "unknown";
}

const char* EndName(TrialEnd end) {
  switch (end) {
    case TrialEnd::kFinished:
      return "finished";
    case TrialEnd::kRefused:
      return "refused";
    case TrialEnd::kKilled:
      return "killed";
    case TrialEnd::kTimedOut:
      return "timed out";
    case TrialEnd::kExited:
      return "exited";
    case TrialEnd::kNotTried:
      return "not tried";
  }
  return "unknown";
}

Verdict TryModel(const std::uint8_t* model, std::size_t size,
                 const tflite::MicroOpResolver& resolver, const TrialLimits& limits) {
  Verdict verdict;
  if (size < 2 * sizeof(std::uint32_t)) {
    verdict.end = TrialEnd::kRefused;
    verdict.log = "The model is too short";
    return verdict;
  }
  void* shared =
      mmap(nullptr, sizeof(Progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) {
    verdict.log = "this machine has too little memory to try it";
    return verdict;
  }
  // If the caller ignores it, no child can be waited for.
  signal(SIGCHLD, SIG_DFL);
  auto& progress = *new (shared) Progress();
  // What TFLM plans, without which no garbage is written below: only whether it could be tried counts.
  verdict =
      TryInChild(limits, size, [&] { RunPlanningChild(model, size, resolver, limits, progress); });
  if (verdict.end == TrialEnd::kNotTried) {
    munmap(shared, sizeof(Progress));
    return verdict;
  }
  const std::size_t planned_bytes = progress.planned_bytes;
  verdict = TryWithIntegers(model, size, resolver, limits, 0, progress);
  const bool failed_while_running =
      verdict.stage >= TrialStage::kInvoke &&
      (verdict.end == TrialEnd::kRefused || verdict.end == TrialEnd::kKilled);
  if (failed_while_running && progress.has_wide_integers) {
    progress = Progress();
    progress.planned_bytes = planned_bytes;
    const Verdict with_ones = TryWithIntegers(model, size, resolver, limits, 1, progress);
    if (with_ones.runs() || with_ones.end == TrialEnd::kNotTried) verdict = with_ones;
  }
  munmap(shared, sizeof(Progress));
  return verdict;
}

std::string VerdictJson(const Verdict& verdict) {
  const auto number = [](std::size_t value) { return std::to_string(value); };
  return "{\n  \"runs\": " + std::string(verdict.runs() ? "true" : "false") +
         ",\n  \"stage\": " + host::JsonString(StageName(verdict.stage)) +
         ",\n  \"end\": " + host::JsonString(EndName(verdict.end)) +
         ",\n  \"code\": " + std::to_string(verdict.code) +
         ",\n  \"operator\": " + host::JsonString(verdict.op) +
         ",\n  \"operators_started\": " + number(verdict.ops_started) +
         ",\n  \"log\": " + host::JsonString(verdict.log) +
         ",\n  \"integer_inputs\": " + number(verdict.integer_inputs) +
         ",\n  \"arena_used_bytes\": " + number(verdict.arena_used_bytes) +
         ",\n  \"planned_bytes\": " + number(verdict.planned_bytes) +
         ",\n  \"tflm_source\": " + host::JsonString(TFLM_SOURCE) +
         ",\n  \"tflm_commit\": " + host::JsonString(TFLM_COMMIT) + "\n}\n";
}

}  // namespace mnist_micro::tflm
