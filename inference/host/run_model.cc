// SPDX-License-Identifier: Apache-2.0

#include "mnist_micro/inference/host/run_model.h"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "mnist_micro/host/files.h"
#include "mnist_micro/host/flags.h"

namespace mnist_micro::inference {
namespace {

constexpr int kExitFailure = 1;
constexpr int kExitBadInput = 2;

constexpr char kHelp[] = R"(run_model: runs samples through the linked model.

usage: run_model [--float] [--check_reset] --input=FILE... --output=FILE...

  --input=FILE   an input of all samples, one after the other; once for each input
  --output=FILE  where an output of all samples goes; once for each output
  --float        the files contain float32, which the model's class quantizes and dequantizes;
                 else they contain raw bytes of the model's types
  --check_reset  runs all samples again after Reset(): they must give the same outputs
  --help         this text

Exit code: 0; 2 for bad usage or files that can't be read or written; 1 if the model fails.
)";

int Fail(int exit_code, const std::string& message) {
  std::fprintf(stderr, "run_model: %s\n", message.c_str());
  return exit_code;
}

std::size_t SampleBytes(const RunTensor& tensor, bool floats) {
  return floats ? tensor.elements * sizeof(float) : tensor.bytes;
}

// Runs one sample after the other, and appends what each output is.
Status RunSamples(const RunnableModel& model, const std::vector<std::vector<std::uint8_t>>& inputs,
                  std::size_t samples, bool floats, std::vector<std::string>& outputs) {
  Status status = Status::kOk;
  for (std::size_t sample = 0; status == Status::kOk && sample < samples; ++sample) {
    for (std::size_t i = 0; status == Status::kOk && i < inputs.size(); ++i) {
      const std::uint8_t* bytes = inputs[i].data() + sample * SampleBytes(model.inputs[i], floats);
      if (floats) {
        std::vector<float> values(model.inputs[i].elements);
        std::memcpy(values.data(), bytes, values.size() * sizeof(float));
        status = model.inputs[i].quantize(values.data());
      } else {
        model.inputs[i].write(bytes);
      }
    }
    if (status == Status::kOk) status = model.invoke();
    for (std::size_t i = 0; status == Status::kOk && i < outputs.size(); ++i) {
      const RunTensor& tensor = model.outputs[i];
      if (floats && tensor.dequantize) {
        std::vector<float> values(tensor.elements);
        status = tensor.dequantize(values.data());
        outputs[i].append(reinterpret_cast<const char*>(values.data()),
                          values.size() * sizeof(float));
      } else {
        std::vector<std::uint8_t> bytes(tensor.bytes);
        tensor.read(bytes.data());
        outputs[i].append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
      }
    }
  }
  return status;
}

}  // namespace

int RunModelMain(const RunnableModel& model, int argc, char** argv) {
  bool floats = false;
  bool check_reset = false;
  bool help = false;
  std::vector<std::string> input_paths;
  std::vector<std::string> output_paths;
  const std::string fault = host::ParseFlags(
      argc, argv,
      {host::TextsFlag("--input", input_paths), host::TextsFlag("--output", output_paths),
       host::SwitchFlag("--float", floats), host::SwitchFlag("--check_reset", check_reset),
       host::SwitchFlag("--help", help)});
  if (!fault.empty()) return Fail(kExitBadInput, fault);
  if (help) {
    std::fputs(kHelp, stdout);
    return 0;
  }
  if (input_paths.size() != model.inputs.size() || output_paths.size() != model.outputs.size()) {
    return Fail(kExitBadInput, "the model has " + std::to_string(model.inputs.size()) +
                                   " inputs and " + std::to_string(model.outputs.size()) +
                                   " outputs: give a file for each");
  }
  const std::string same_file = host::CheckOutputs(input_paths, output_paths);
  if (!same_file.empty()) return Fail(kExitBadInput, same_file);
  std::size_t samples = 0;
  std::vector<std::vector<std::uint8_t>> inputs;
  for (std::size_t i = 0; i < input_paths.size(); ++i) {
    if (floats && !model.inputs[i].quantize) {
      return Fail(kExitBadInput, "input " + std::to_string(i) + " has no quantization");
    }
    inputs.emplace_back();
    const std::string read_fault = host::ReadFile(input_paths[i], inputs.back());
    if (!read_fault.empty()) return Fail(kExitBadInput, read_fault);
    const std::size_t bytes = SampleBytes(model.inputs[i], floats);
    const std::size_t count = inputs[i].size() / bytes;
    if (count == 0 || inputs[i].size() % bytes != 0) {
      return Fail(kExitBadInput, input_paths[i] + ": has " + std::to_string(inputs[i].size()) +
                                     " bytes, which is not a multiple of the input's " +
                                     std::to_string(bytes));
    }
    if (i > 0 && count != samples) {
      return Fail(kExitBadInput, input_paths[i] + ": has " + std::to_string(count) +
                                     " samples, but the first input has " +
                                     std::to_string(samples));
    }
    samples = count;
  }

  Status status = model.create();
  std::vector<std::string> outputs(model.outputs.size());
  if (status == Status::kOk) status = RunSamples(model, inputs, samples, floats, outputs);
  if (status == Status::kOk && check_reset) {
    std::vector<std::string> again(model.outputs.size());
    status = model.reset();
    if (status == Status::kOk) status = RunSamples(model, inputs, samples, floats, again);
    if (status == Status::kOk && again != outputs) {
      return Fail(kExitFailure, "after Reset() the same samples give other outputs");
    }
  }
  if (status != Status::kOk) return Fail(kExitFailure, StatusMessage(status));
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const std::string write_fault = host::WriteFile(output_paths[i], outputs[i]);
    if (!write_fault.empty()) return Fail(kExitBadInput, write_fault);
  }
  return 0;
}

}  // namespace mnist_micro::inference
