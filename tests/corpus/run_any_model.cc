// SPDX-License-Identifier: Apache-2.0

// Runs samples through any model, by the linked TFLM with all of its operators.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "mnist_micro/host/files.h"
#include "mnist_micro/host/flags.h"
#include "mnist_micro/tflm/host/all_op_resolver.h"
#include "mnist_micro/tflm/interpreter.h"
#include "tensorflow/lite/c/common.h"
#include "tensorflow/lite/micro/micro_interpreter.h"
#include "tensorflow/lite/schema/schema_generated.h"

namespace host = mnist_micro::host;
namespace tflm = mnist_micro::tflm;

namespace {

constexpr int kExitFailure = 1;
constexpr int kExitBadInput = 2;
constexpr std::size_t kAlignment = 16;
// Of what it does not write, no memory is taken.
constexpr std::size_t kArenaBytes = std::size_t{64} << 20;
// More than models have: each takes 16 bytes.
constexpr int kResourceVariables = 64;

constexpr char kHelp[] =
    R"(run_any_model: runs samples through a model by the linked TFLM, one call after the other.

usage: run_any_model --model=FILE --samples=N [--input=FILE]... [--output=FILE]...

  --model=FILE   a .tflite file
  --samples=N    how many calls
  --input=FILE   the raw bytes of an input in all calls, one after the other; once for each input
  --output=FILE  where an output of all calls goes; once for each output
  --help         this text

It trusts the model: run what //tflm/host:judge has run. State is kept from call to call.
Exit code: 0; 2 for bad usage or files that can't be read or written; 1 if TFLM returns an error.
)";

int Fail(int exit_code, const std::string& message) {
  std::fprintf(stderr, "run_any_model: %s\n", message.c_str());
  return exit_code;
}

}  // namespace

int main(int argc, char** argv) {
  std::string model_path;
  std::vector<std::string> input_paths;
  std::vector<std::string> output_paths;
  unsigned long long samples = 1;
  bool help = false;
  const std::string fault = host::ParseFlags(
      argc, argv,
      {host::TextFlag("--model", model_path), host::TextsFlag("--input", input_paths),
       host::TextsFlag("--output", output_paths),
       host::NumberFlag("--samples", 1, 1'000'000, samples), host::SwitchFlag("--help", help)});
  if (!fault.empty()) return Fail(kExitBadInput, fault);
  if (help) {
    std::fputs(kHelp, stdout);
    return 0;
  }
  std::vector<std::uint8_t> file;
  const std::string model_fault = host::ReadFile(model_path, file);
  if (!model_fault.empty()) return Fail(kExitBadInput, model_fault);
  // A heap block is aligned as TFLM asks for.
  auto* model = static_cast<std::uint8_t*>(
      std::aligned_alloc(kAlignment, (file.size() / kAlignment + 1) * kAlignment));
  auto* arena = static_cast<std::uint8_t*>(std::aligned_alloc(kAlignment, kArenaBytes));
  if (model == nullptr || arena == nullptr) return Fail(kExitFailure, "out of memory");
  std::memcpy(model, file.data(), file.size());

  static tflm::AllOpResolver resolver;
  if (tflm::RegisterAllOps(resolver) != kTfLiteOk) {
    return Fail(kExitFailure, "TFLM's operators could not be registered");
  }
  static tflm::InterpreterStorage storage;
  tflite::MicroInterpreter* interpreter = tflm::NewInterpreter(
      storage, tflite::GetModel(model), resolver, arena, kArenaBytes, kResourceVariables);
  if (interpreter == nullptr || interpreter->initialization_status() != kTfLiteOk ||
      interpreter->AllocateTensors() != kTfLiteOk) {
    return Fail(kExitFailure, model_path + ": the tensors could not be allocated");
  }
  if (interpreter->inputs_size() != input_paths.size() ||
      interpreter->outputs_size() != output_paths.size()) {
    return Fail(kExitBadInput, model_path + ": has " + std::to_string(interpreter->inputs_size()) +
                                   " inputs and " + std::to_string(interpreter->outputs_size()) +
                                   " outputs: give a file for each");
  }
  std::vector<std::vector<std::uint8_t>> inputs(input_paths.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const std::string input_fault = host::ReadFile(input_paths[i], inputs[i]);
    if (!input_fault.empty()) return Fail(kExitBadInput, input_fault);
    const std::size_t bytes = interpreter->input(i)->bytes;
    if (inputs[i].size() != samples * bytes) {
      return Fail(kExitBadInput, input_paths[i] + ": has " + std::to_string(inputs[i].size()) +
                                     " bytes, but the input takes " + std::to_string(bytes) +
                                     " in each of " + std::to_string(samples) + " calls");
    }
  }
  std::vector<std::string> outputs(output_paths.size());
  for (std::size_t sample = 0; sample < samples; ++sample) {
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const TfLiteTensor* input = interpreter->input(i);
      if (input->bytes == 0) continue;
      std::memcpy(input->data.raw, inputs[i].data() + sample * input->bytes, input->bytes);
    }
    if (interpreter->Invoke() != kTfLiteOk) {
      return Fail(kExitFailure, model_path + ": an operator failed");
    }
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      const TfLiteTensor* output = interpreter->output(i);
      outputs[i].append(output->data.raw, output->bytes);
    }
  }
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const std::string write_fault = host::WriteFile(output_paths[i], outputs[i]);
    if (!write_fault.empty()) return Fail(kExitBadInput, write_fault);
  }
  return 0;
}
