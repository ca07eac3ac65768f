// SPDX-License-Identifier: Apache-2.0

#ifndef MICRO_HOST_PROGRAM_H_
#define MICRO_HOST_PROGRAM_H_

#include <cstdio>
#include <string>
#include <vector>

#include "micro/classify.h"
#include "micro/image.h"
#include "micro/log_prediction.h"
#include "mnist_micro/host/files.h"
#include "mnist_micro/host/json.h"
#include "mnist_micro/inference/printing.h"
#include "mnist_micro/inference/status.h"

// The program for the host, whatever engine runs the model: arguments, images, text or JSON.

namespace mnist_micro {

inline constexpr int kExitOk = 0;
inline constexpr int kExitFailure = 1;
inline constexpr int kExitBadInput = 2;

struct NamedImage {
  std::string name;
  Image pixels;
};

// What an engine's program says of itself.
struct ProgramTexts {
  const char* name;
  const char* help;
  const char* version;  // Lines for --version, after the project's.
};

// What the arguments ask for. If not `run`, the program ends with the exit code.
struct Request {
  bool run = false;
  int exit_code = kExitOk;
  bool json = false;
  std::vector<NamedImage> images;
};

// Parses the arguments, reads all images before anything is printed, and prints what is wrong with them. Prints --help
// and --version.
Request ParseRequest(int argc, char** argv, const ProgramTexts& texts);

// Prints what does not look like an image of MNIST.
void WarnOfImage(const ProgramTexts& texts, const NamedImage& image);

inline void PrintToStdout(const char* text) { std::fputs(text, stdout); }

template <typename ModelClass>
void PrintJson(const std::string& name, const ModelClass& model) {
  std::printf("{\"image\": %s, \"predicted_class\": %zu, \"scores\": [",
              host::JsonString(name).c_str(), model.ArgMax());
  const auto scores = model.output();
  for (std::size_t i = 0; i < scores.size(); ++i) {
    std::printf("%s%d", i == 0 ? "" : ", ", static_cast<int>(scores[i]));
  }
  std::printf("], \"probabilities\": [");
  for (std::size_t i = 0; i < scores.size(); ++i) {
    std::printf("%s%.8g", i == 0 ? "" : ", ", static_cast<double>(scores.Get(i)));
  }
  std::printf("]}\n");
}

template <typename ModelClass>
int ClassifyImages(const ProgramTexts& texts, const Request& request, ModelClass& model,
                   void (*log_model)(inference::PrintFunction, const ModelClass&)) {
  using inference::Status;
  Status status = model.Create();
  if (status != Status::kOk) {
    std::fprintf(stderr, "%s: the built-in model: %s\n", texts.name,
                 inference::StatusMessage(status));
    return kExitFailure;
  }
  if (!request.json) log_model(PrintToStdout, model);
  for (const NamedImage& image : request.images) {
    WarnOfImage(texts, image);
    status = Classify(model, image.pixels.data());
    if (status != Status::kOk) {
      std::fprintf(stderr, "%s: %s: %s\n", texts.name, image.name.c_str(),
                   inference::StatusMessage(status));
      return kExitFailure;
    }
    if (request.json) {
      PrintJson(image.name, model);
    } else {
      if (request.images.size() > 1) std::printf("Image: %s\n", image.name.c_str());
      LogPrediction(PrintToStdout, model);
    }
  }
  return kExitOk;
}

// The program's main(). log_model: prints what comes before the predictions.
template <typename ModelClass>
int RunHostProgram(int argc, char** argv, const ProgramTexts& texts, ModelClass& model,
                   void (*log_model)(inference::PrintFunction, const ModelClass&)) {
  const Request request = ParseRequest(argc, argv, texts);
  const int exit_code =
      request.run ? ClassifyImages(texts, request, model, log_model) : request.exit_code;
  const std::string fault = host::FlushStdout();
  if (!fault.empty()) {
    std::fprintf(stderr, "%s: %s\n", texts.name, fault.c_str());
    return kExitBadInput;
  }
  return exit_code;
}

}  // namespace mnist_micro

#endif  // MICRO_HOST_PROGRAM_H_
