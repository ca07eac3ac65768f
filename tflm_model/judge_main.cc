// Says whether the linked TFLM runs a model, by trying it; as JSON.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "micro/host_files.h"
#include "tensorflow/lite/c/common.h"
#include "tflm_model/all_op_resolver.h"
#include "tflm_model/judge.h"

namespace {

constexpr int kExitFailure = 1;
constexpr int kExitBadInput = 2;

constexpr char kHelp[] =
    R"(judge: says whether the linked TFLM runs a model, by trying it.

usage: judge --model=FILE [--output=FILE] [--seconds=N]

It runs the model twice with generated inputs, in a process of its own with limits on time and memory,
and prints as JSON whether TFLM runs it; if not, how far it came and what TFLM said.

  --model=FILE   a .tflite file
  --output=FILE  where the JSON goes (default: stdout)
  --seconds=N    how long the model may take (default: 60)
  --help         this text

Exit code: 0, whether it runs or not; 2 for bad usage or files that can't be read or written; 1 if it
can't be tried.
)";

int Fail(int exit_code, const std::string& message) {
  std::fprintf(stderr, "judge: %s\n", message.c_str());
  return exit_code;
}

struct Options {
  std::string model, output;
  tflm_model::TrialLimits limits;
  bool help = false;
};

// Returns an empty string, or what is wrong, in one line.
std::string ParseArguments(int argc, char** argv, Options& options) {
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    const std::size_t equals = argument.find('=');
    const std::string flag = argument.substr(0, equals);
    const std::string value = equals == std::string::npos ? "" : argument.substr(equals + 1);
    if (argument == "--help") {
      options.help = true;
    } else if (value.empty()) {
      return "unknown argument " + argument + " (--help lists the flags)";
    } else if (flag == "--model") {
      options.model = mnist_micro::UserPath(value);
    } else if (flag == "--output") {
      options.output = mnist_micro::UserPath(value);
    } else if (flag == "--seconds") {
      char* end = nullptr;
      const long seconds = std::strtol(value.c_str(), &end, 10);
      if (*end != '\0' || seconds < 1 || seconds > 3600) {
        return "--seconds=" + value + ": must be from 1 to 3600";
      }
      options.limits.seconds = static_cast<int>(seconds);
    } else {
      return "unknown argument " + argument + " (--help lists the flags)";
    }
  }
  return options.help || !options.model.empty() ? ""
                                                : "needs --model=FILE (--help lists the flags)";
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  const std::string fault = ParseArguments(argc, argv, options);
  if (!fault.empty()) return Fail(kExitBadInput, fault);
  if (options.help) {
    std::fputs(kHelp, stdout);
    return 0;
  }
  const std::string same_file = mnist_micro::CheckOutputs({options.model}, {options.output});
  if (!same_file.empty()) return Fail(kExitBadInput, same_file);
  std::vector<std::uint8_t> model;
  const std::string read_fault = mnist_micro::ReadFile(options.model, model);
  if (!read_fault.empty()) return Fail(kExitBadInput, read_fault);

  static tflm_model::AllOpResolver resolver;
  if (tflm_model::RegisterAllOps(resolver) != kTfLiteOk) {
    return Fail(kExitFailure, "TFLM's operators could not be registered");
  }
  const tflm_model::Verdict verdict =
      tflm_model::TryModel(model.data(), model.size(), resolver, options.limits);
  if (verdict.end == tflm_model::TrialEnd::kNotStarted) {
    return Fail(kExitFailure, options.model + ": no process could be started to try it");
  }
  const std::string json = tflm_model::VerdictJson(verdict);
  if (!options.output.empty()) {
    const std::string write_fault = mnist_micro::WriteFile(options.output, json);
    return write_fault.empty() ? 0 : Fail(kExitBadInput, write_fault);
  }
  std::fputs(json.c_str(), stdout);
  const std::string stdout_fault = mnist_micro::FlushStdout();
  return stdout_fault.empty() ? 0 : Fail(kExitBadInput, stdout_fault);
}
