// SPDX-License-Identifier: Apache-2.0

// Damages models by the million: TFLM runs each mutation in this program, many in one child process.
// If one kills the child the next child goes on behind it. A fork for each, as //tflm/host:judge
// needs it, would take a hundred times as long.
//
// TFLM is not made for hostile models, so that mutations may die here: in a build that is a refusal.
// What this finds out is which ones a sanitizer objects to; --deaths keeps them, and deaths.py checks
// whether a build without sanitizers would have accepted one. `--first=N --iterations=1` shows what
// it says of one.

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <limits>
#include <map>
#include <string>

#include "flatbuffers/flatbuffers.h"
#include "mnist_micro/host/flags.h"
#include "mnist_micro/tflm/generated_input.h"
#include "mnist_micro/tflm/host/all_op_resolver.h"
#include "mnist_micro/tflm/interpreter.h"
#include "tensorflow/lite/c/common.h"
#include "tensorflow/lite/micro/micro_interpreter.h"
#include "tensorflow/lite/schema/schema_generated.h"
#include "tests/fuzz/driver_options.h"
#include "tests/fuzz/mutator.h"

namespace host = mnist_micro::host;
namespace tflm = mnist_micro::tflm;

// Crashes stay signals, so that a finding differs from them: it ends the process with an exit code.
extern "C" const char* __asan_default_options() {
  return "handle_segv=0:handle_abort=0:handle_sigbus=0:handle_sigfpe=0:handle_sigill=0:"
         "detect_leaks=0:allocator_may_return_null=1:exitcode=77";
}
extern "C" const char* __ubsan_default_options() { return "print_stacktrace=0:exitcode=77"; }

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kAlignment = 16;
// As large as no damaged shape needs it in most cases: if an allocation fails, TFLM may crash.
constexpr std::size_t kArenaBytes = std::size_t{64} << 20;
constexpr std::size_t kGuardBytes = std::size_t{1} << 16;
constexpr int kResourceVariables = 16;
constexpr int kHangSeconds = 1;
// So that what one mutation leaves behind doesn't pile up.
constexpr unsigned long long kBatch = 5'000;

struct Options : mnist_micro::DriverOptions {
  std::string deaths;
  unsigned long long most_deaths = 5'000;
};

// What the child shows of its progress.
struct Progress {
  unsigned long long iteration;
  unsigned long long accepted;
  unsigned long long refused;
  unsigned long long unsound;
};

// Runs a model as the judge does. Returns whether TFLM took it and gave no error.
bool Run(const std::uint8_t* model, const tflite::MicroOpResolver& resolver, std::uint8_t* arena) {
  static tflm::InterpreterStorage storage;
  // Zeros again, at the cost of what was touched.
  if (madvise(arena, kArenaBytes, MADV_DONTNEED) != 0) _exit(1);
  // Its memory is all in the arena: no destructor.
  tflite::MicroInterpreter* interpreter = tflm::NewInterpreter(
      storage, tflite::GetModel(model), resolver, arena, kArenaBytes, kResourceVariables);
  if (interpreter == nullptr || interpreter->initialization_status() != kTfLiteOk ||
      interpreter->AllocateTensors() != kTfLiteOk) {
    return false;
  }
  for (int run = 0; run < 2; ++run) {
    for (std::size_t i = 0; i < interpreter->inputs_size(); ++i) {
      TfLiteTensor* input = interpreter->input(i);
      if (input == nullptr || (input->bytes > 0 && input->data.raw == nullptr)) return false;
      if (input->bytes > 0) tflm::FillWithGenerated(*input, static_cast<std::uint32_t>(i + 1));
    }
    if (interpreter->Invoke() != kTfLiteOk) return false;
    for (std::size_t i = 0; i < interpreter->outputs_size(); ++i) {
      const TfLiteTensor* output = interpreter->output(i);
      if (output == nullptr || (output->bytes > 0 && output->data.raw == nullptr)) return false;
      // Read, as any user of the output would: a sanitizer sees whether it is there.
      volatile std::uint8_t sum = 0;
      for (std::size_t k = 0; k < output->bytes; ++k) sum = sum + output->data.uint8[k];
    }
  }
  return true;
}

[[noreturn]] void RunChild(const Options& options, const mnist_micro::Mutator& mutator,
                           unsigned long long end, Progress& progress) {
  const rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
  // TFLM says why it refuses each; of a single mutation that is wanted, and what a sanitizer says.
  if (options.iterations > 1 && std::freopen("/dev/null", "w", stderr) == nullptr) _exit(1);
  static tflm::AllOpResolver resolver;
  if (tflm::RegisterAllOps(resolver) != kTfLiteOk) _exit(1);
  void* pages = mmap(nullptr, kGuardBytes + kArenaBytes + kGuardBytes, PROT_NONE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (pages == MAP_FAILED) _exit(1);
  auto* arena = static_cast<std::uint8_t*>(pages) + kGuardBytes;
  if (mprotect(arena, kArenaBytes, PROT_READ | PROT_WRITE) != 0) _exit(1);
  for (; progress.iteration < end; ++progress.iteration) {
    const mnist_micro::Bytes bytes = mutator.Mutate(options.seed, progress.iteration);
    // By its own time: other work on the machine makes no hang.
    const itimerval timer = {{0, 0}, {kHangSeconds, 0}};
    setitimer(ITIMER_PROF, &timer, nullptr);
    // A block of exactly this size, so that a sanitizer sees each access beyond it.
    void* memory = nullptr;
    if (posix_memalign(&memory, kAlignment, bytes.empty() ? 1 : bytes.size()) != 0) _exit(1);
    std::memcpy(memory, bytes.data(), bytes.size());
    const auto* model = static_cast<const std::uint8_t*>(memory);
    // The reader in Python refuses those at once; here they would only kill one child after the other.
    flatbuffers::Verifier verifier(model, bytes.size());
    if (!tflite::VerifyModelBuffer(verifier) || tflite::GetModel(model)->subgraphs() == nullptr ||
        tflite::GetModel(model)->subgraphs()->size() == 0) {
      ++progress.unsound;
    } else {
      const bool ran = Run(model, resolver, arena);
      // On the chip it lies in flash, which can't be written; the judge's can't be, either.
      if (std::memcmp(memory, bytes.data(), bytes.size()) != 0) std::abort();
      ++(ran ? progress.accepted : progress.refused);
    }
    std::free(memory);
  }
  _exit(0);
}

std::string Kind(int status) {
  if (WIFEXITED(status)) return WEXITSTATUS(status) == 77 ? "sanitizer" : "exit";
  switch (WTERMSIG(status)) {
    case SIGPROF:
      return "hang";
    case SIGSEGV:
      return "SIGSEGV";
    case SIGABRT:
      return "SIGABRT";
    case SIGFPE:
      return "SIGFPE";
    case SIGBUS:
      return "SIGBUS";
    default:
      return "signal " + std::to_string(WTERMSIG(status));
  }
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  options.iterations = 100'000;
  if (!mnist_micro::ParseDriverOptions(
          argc, argv,
          {host::PathFlag("--deaths", options.deaths),
           host::NumberFlag("--most_deaths", 0, std::numeric_limits<unsigned long long>::max(),
                            options.most_deaths)},
          "[--deaths=FOLDER [--most_deaths=N]]", options)) {
    return 2;
  }
  const mnist_micro::Mutator mutator(options.seeds);
  void* shared =
      mmap(nullptr, sizeof(Progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) return 1;
  auto& progress = *new (shared) Progress{options.first, 0, 0, 0};
  const unsigned long long end = options.first + options.iterations;
  const Clock::time_point start = Clock::now();
  const auto seconds = [&] { return std::chrono::duration<double>(Clock::now() - start).count(); };
  std::map<std::string, unsigned long long> deaths;
  unsigned long long kept = 0;
  while (progress.iteration < end && seconds() < options.max_seconds) {
    const unsigned long long stop = std::min(end, progress.iteration + kBatch);
    std::fflush(nullptr);
    const pid_t child = fork();
    if (child < 0) {
      std::fprintf(stderr, "no process can be started\n");
      return 1;
    }
    if (child == 0) RunChild(options, mutator, stop, progress);
    int status = 0;
    if (waitpid(child, &status, 0) != child) return 1;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) continue;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 1) {
      std::fprintf(stderr, "mutation %llu could not be tried\n", progress.iteration);
      return 1;
    }
    const std::string kind = Kind(status);
    ++deaths[kind];
    if (!options.deaths.empty() && kept < options.most_deaths) {
      ++kept;
      const mnist_micro::Bytes bytes = mutator.Mutate(options.seed, progress.iteration);
      const std::string path =
          options.deaths + "/" + std::to_string(progress.iteration) + "_" + kind + ".tflite";
      std::ofstream(path, std::ios::binary)
          .write(reinterpret_cast<const char*>(bytes.data()),
                 static_cast<std::streamsize>(bytes.size()));
    }
    ++progress.iteration;
  }
  const unsigned long long done = progress.iteration - options.first;
  std::printf("%llu mutations of %zu files in %.1f s: %llu run, TFLM refuses %llu, %llu unsound",
              done, options.seeds.size(), seconds(), progress.accepted, progress.refused,
              progress.unsound);
  for (const auto& [kind, count] : deaths) std::printf(", %llu %s", count, kind.c_str());
  std::printf(" (seed %llu)\n", options.seed);
  return 0;
}
