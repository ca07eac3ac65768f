// SPDX-License-Identifier: Apache-2.0

// Prints where the time of an inference goes, operator by operator, as a table, and writes it as
// JSON.
//
// Exit code: 0; 2 for bad usage and output that can't be written; 1 if the inference fails.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "micro/op_profile.h"
#include "mnist_micro/host/files.h"
#include "mnist_micro/host/flags.h"
#include "mnist_micro/host/json.h"
#include "mnist_micro/tflm_source.h"

namespace host = mnist_micro::host;

namespace {

using mnist_micro::kTicksPerSecond;
using mnist_micro::OpProfile;

constexpr int kExitFailure = 1;
constexpr int kExitBadInput = 2;
constexpr unsigned long long kMaxIterations = 100'000;

constexpr char kHelp[] =
    R"(profile: where the time of an inference goes, operator by operator.

usage: profile [--iterations N] [--json FILE]

  --iterations N  how many inferences to time, 1 to 100000 (default 1000)
  --json FILE     writes the same figures as JSON
  --help          this text

A tick is a nanosecond of this machine's clock; reading it costs some 20 to 50 of them, which are
in each operator's figure. Each figure is the median of all inferences.

Exit code: 0; 2 for bad usage or output that can't be written; 1 if the inference fails.
)";

struct Options {
  bool help = false;
  unsigned long long iterations = 1000;
  std::string json;
};

std::string Json(const std::vector<OpProfile>& profiles, int iterations) {
  std::string operators;
  for (const OpProfile& profile : profiles) {
    char line[256];
    std::snprintf(line, sizeof(line),
                  "    {\"name\": %s, \"ticks\": %lld, \"share\": %.4f, "
                  "\"multiply_accumulates\": %lld}",
                  host::JsonString(profile.name).c_str(), static_cast<long long>(profile.ticks),
                  profile.share, static_cast<long long>(profile.multiply_accumulates));
    operators += (operators.empty() ? "" : ",\n") + std::string(line);
  }
  return "{\n  \"tflm_source\": \"" TFLM_SOURCE "\",\n  \"tflm_commit\": \"" TFLM_COMMIT
         "\",\n  \"ticks_per_second\": " +
         std::to_string(kTicksPerSecond) + ",\n  \"iterations\": " + std::to_string(iterations) +
         ",\n  \"operators\": [\n" + operators + "\n  ]\n}\n";
}

void PrintTable(const std::vector<OpProfile>& profiles) {
  std::printf("%2s  %-18s %10s %8s %10s %10s\n", "#", "operator", "ticks", "share", "MACs",
              "MACs/tick");
  std::int64_t ticks = 0;
  std::int64_t multiply_accumulates = 0;
  int i = 0;
  for (const OpProfile& profile : profiles) {
    std::printf("%2d  %-18s %10lld %7.1f%% %10lld %10.2f\n", i++, profile.name.c_str(),
                static_cast<long long>(profile.ticks), 100.0 * profile.share,
                static_cast<long long>(profile.multiply_accumulates),
                profile.ticks == 0 ? 0.0
                                   : static_cast<double>(profile.multiply_accumulates) /
                                         static_cast<double>(profile.ticks));
    ticks += profile.ticks;
    multiply_accumulates += profile.multiply_accumulates;
  }
  std::printf("    %-18s %10lld %7.1f%% %10lld\n", "sum", static_cast<long long>(ticks), 100.0,
              static_cast<long long>(multiply_accumulates));
}

int Fail(int exit_code, const std::string& message) {
  std::fprintf(stderr, "profile: %s\n", message.c_str());
  return exit_code;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  std::string fault = host::ParseFlags(
      argc, argv,
      {host::NumberFlag("--iterations", 1, kMaxIterations, options.iterations),
       host::PathFlag("--json", options.json), host::SwitchFlag("--help", options.help)});
  if (!fault.empty()) return Fail(kExitBadInput, fault);
  if (options.help) {
    std::fputs(kHelp, stdout);
    return 0;
  }
  const auto iterations = static_cast<int>(options.iterations);

  std::vector<OpProfile> profiles;
  fault = mnist_micro::ProfileOps(iterations, profiles);
  if (!fault.empty()) return Fail(kExitFailure, fault);
  if (!options.json.empty()) {
    fault = host::WriteFile(options.json, Json(profiles, iterations));
    if (!fault.empty()) return Fail(kExitBadInput, fault);
  }
  PrintTable(profiles);
  fault = host::FlushStdout();
  if (!fault.empty()) return Fail(kExitBadInput, fault);
  return 0;
}
