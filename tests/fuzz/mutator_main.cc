// SPDX-License-Identifier: Apache-2.0

// Drives a fuzz target with a bounded number of random mutations: used if there is no libFuzzer.
//
//   TARGET [--iterations=N] [--seed=S] [--first=I] [--max_seconds=T] [--write=FILE] SEED_FILE...
//
// Prints on stdout how many mutations it ran. If one crashes or hangs, it says on stderr which, and
// `--seed=S --first=I --iterations=1` runs that one alone; --write keeps its bytes. Each mutation
// depends on the seed files, S and its number only. Exit code: 0; 2 for bad usage; else a finding.

#include <fcntl.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>

#include "mnist_micro/host/flags.h"
#include "tests/fuzz/driver_options.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/fuzz/mutator.h"

namespace host = mnist_micro::host;

// Of the sanitizers' run time, if one is linked.
extern "C" void __sanitizer_set_report_fd(void*) __attribute__((weak));
extern "C" void __sanitizer_set_death_callback(void (*)()) __attribute__((weak));

namespace {

using Clock = std::chrono::steady_clock;

constexpr int kHangSeconds = 20;

// What the handlers of a crash need.
int g_stderr = STDERR_FILENO;
unsigned long long g_seed = 0;
std::atomic<unsigned long long> g_iteration{0};
std::atomic<bool> g_running{false};
volatile unsigned long long g_iteration_seen = 0;
volatile int g_seconds_in_iteration = 0;

void ReportFinding(const char* what) {
  if (!g_running.exchange(false)) return;
  char line[200];
  const int length = std::snprintf(line, sizeof(line),
                                   "%s in mutation %llu: replay it with --seed=%llu --first=%llu "
                                   "--iterations=1\n",
                                   what, g_iteration.load(), g_seed, g_iteration.load());
  if (write(g_stderr, line, static_cast<std::size_t>(length)) < 0) _exit(1);
}

void OnDeath() { ReportFinding("sanitizer finding"); }

void OnSignal(int number) {
  ReportFinding(number == SIGALRM ? "hang" : "crash");
  std::signal(number, SIG_DFL);
  if (number == SIGALRM) _exit(1);
  std::raise(number);
}

// Each second: the same mutation for too many of them is a hang.
void OnTick(int) {
  if (g_iteration.load() != g_iteration_seen) {
    g_iteration_seen = g_iteration.load();
    g_seconds_in_iteration = 0;
  } else if (++g_seconds_in_iteration > kHangSeconds && g_running.load()) {
    OnSignal(SIGALRM);
  }
}

// TFLM says on stderr why it refuses a model, a million times: only findings are shown.
void KeepStderrForFindings() {
  g_stderr = dup(STDERR_FILENO);
  const int null = open("/dev/null", O_WRONLY);
  if (g_stderr < 0 || null < 0) std::exit(2);
  dup2(null, STDERR_FILENO);
  close(null);
  if (__sanitizer_set_report_fd != nullptr) {
    // NOLINTNEXTLINE(performance-no-int-to-ptr): this is how it takes a number.
    __sanitizer_set_report_fd(reinterpret_cast<void*>(static_cast<std::intptr_t>(g_stderr)));
  }
}

void CatchFindings() {
  if (__sanitizer_set_death_callback != nullptr) __sanitizer_set_death_callback(OnDeath);
  std::signal(SIGABRT, OnSignal);
#ifndef __SANITIZE_ADDRESS__  // Its own handlers say more, and call OnDeath.
  for (const int number : {SIGSEGV, SIGBUS, SIGFPE, SIGILL}) std::signal(number, OnSignal);
#endif
  std::signal(SIGALRM, OnTick);
  const itimerval each_second = {{1, 0}, {1, 0}};
  setitimer(ITIMER_REAL, &each_second, nullptr);
}

double Seconds(Clock::duration duration) { return std::chrono::duration<double>(duration).count(); }

}  // namespace

int main(int argc, char** argv) {
  mnist_micro::DriverOptions options;
  options.iterations = 20'000;
  std::string write;
  if (!mnist_micro::ParseDriverOptions(argc, argv, {host::TextFlag("--write", write)},
                                       "[--write=FILE]", options)) {
    return 2;
  }

  g_seed = options.seed;
  KeepStderrForFindings();
  CatchFindings();
  for (const mnist_micro::Bytes& seed : options.seeds)
    LLVMFuzzerTestOneInput(seed.data(), seed.size());

  const mnist_micro::Mutator mutator(options.seeds);
  const Clock::time_point start = Clock::now();
  Clock::time_point before = start;
  double slowest = 0;
  unsigned long long slowest_iteration = options.first;
  unsigned long long done = 0;
  g_running = true;
  for (; done < options.iterations && Seconds(before - start) < options.max_seconds; ++done) {
    g_iteration = options.first + done;
    const mnist_micro::Bytes input = mutator.Mutate(options.seed, g_iteration);
    if (!write.empty()) {
      std::ofstream(write, std::ios::binary)
          .write(reinterpret_cast<const char*>(input.data()),
                 static_cast<std::streamsize>(input.size()));
    }
    LLVMFuzzerTestOneInput(input.data(), input.size());
    const Clock::time_point after = Clock::now();
    if (Seconds(after - before) > slowest) {
      slowest = Seconds(after - before);
      slowest_iteration = g_iteration;
    }
    before = after;
  }
  g_running = false;
  std::printf(
      "%llu mutations, %.1f s, no crash (seed %llu, %zu seed files, slowest %.0f ms: mutation "
      "%llu)\n",
      done, Seconds(before - start), options.seed, options.seeds.size(), slowest * 1e3,
      slowest_iteration);
  return 0;
}
