// SPDX-License-Identifier: Apache-2.0

// Says whether the linked TFLM runs a model, by trying it; as JSON.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "mnist_micro/host/files.h"
#include "mnist_micro/host/flags.h"
#include "mnist_micro/tflm/host/all_op_resolver.h"
#include "mnist_micro/tflm/host/judge.h"
#include "tensorflow/lite/c/common.h"

namespace host = mnist_micro::host;
namespace tflm = mnist_micro::tflm;

namespace {

constexpr int kExitFailure = 1;
constexpr int kExitBadInput = 2;

constexpr char kHelp[] =
    R"(judge: says whether the linked TFLM runs a model, by trying it.

usage: judge --model=FILE [--output=FILE] [--seconds=N]

It runs the model with generated inputs, in a process of its own with limits on time and memory, and
prints as JSON whether TFLM runs it; if not, how far it came and what TFLM said.

  --model=FILE   a .tflite file
  --output=FILE  where the JSON goes (default: stdout)
  --seconds=N    how much processor time the model may take (default: 60)
  --help         this text

Exit code: 0, whether it runs or not; 2 for bad usage or files that can't be read or written; 1 if this
machine can't try it.
)";

int Fail(int exit_code, const std::string& message) {
  std::fprintf(stderr, "judge: %s\n", message.c_str());
  return exit_code;
}

}  // namespace

int main(int argc, char** argv) {
  std::string model_path, output;
  unsigned long long seconds = tflm::TrialLimits().seconds;
  bool help = false;
  const std::string fault = host::ParseFlags(
      argc, argv,
      {host::PathFlag("--model", model_path), host::PathFlag("--output", output),
       host::NumberFlag("--seconds", 1, 3600, seconds), host::SwitchFlag("--help", help)});
  if (!fault.empty()) return Fail(kExitBadInput, fault);
  if (help) {
    std::fputs(kHelp, stdout);
    return 0;
  }
  if (model_path.empty()) return Fail(kExitBadInput, "needs --model=FILE (--help lists the flags)");
  const std::string same_file = host::CheckOutputs({model_path}, {output});
  if (!same_file.empty()) return Fail(kExitBadInput, same_file);
  std::vector<std::uint8_t> model;
  const std::string read_fault = host::ReadFile(model_path, model);
  if (!read_fault.empty()) return Fail(kExitBadInput, read_fault);

  static tflm::AllOpResolver resolver;
  if (tflm::RegisterAllOps(resolver) != kTfLiteOk) {
    return Fail(kExitFailure, "TFLM's operators could not be registered");
  }
  tflm::TrialLimits limits;
  limits.seconds = static_cast<int>(seconds);
  const tflm::Verdict verdict = tflm::TryModel(model.data(), model.size(), resolver, limits);
  if (verdict.end == tflm::TrialEnd::kNotTried) {
    return Fail(kExitFailure, model_path + ": " + verdict.log);
  }
  const std::string json = tflm::VerdictJson(verdict);
  if (!output.empty()) {
    const std::string write_fault = host::WriteFile(output, json);
    return write_fault.empty() ? 0 : Fail(kExitBadInput, write_fault);
  }
  std::fputs(json.c_str(), stdout);
  const std::string stdout_fault = host::FlushStdout();
  return stdout_fault.empty() ? 0 : Fail(kExitBadInput, stdout_fault);
}
