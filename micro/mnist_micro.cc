// SPDX-License-Identifier: Apache-2.0

// The host program: classifies images of digits as the chip would, and prints what the chip would.

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "micro/classify.h"
#include "micro/image.h"
#include "micro/image_reader.h"
#include "micro/log.h"
#include "micro/mnist_model.h"
#include "micro/sample_image_data.h"
#include "micro/version.h"
#include "mnist_micro/host/files.h"
#include "mnist_micro/host/flags.h"
#include "mnist_micro/host/json.h"
#include "mnist_micro/inference/status.h"
#include "mnist_micro/tflm_source.h"

namespace host = mnist_micro::host;
namespace inference = mnist_micro::inference;

namespace {

using inference::Status;
using mnist_micro::Image;
using mnist_micro::MnistModel;

constexpr int kExitOk = 0;
constexpr int kExitFailure = 1;
constexpr int kExitBadInput = 2;

constexpr char kHelp[] =
    R"(mnist_micro: classifies handwritten digits with the int8 model and TensorFlow Lite Micro.

usage: mnist_micro [--json] [FILE.pgm ...]
       mnist_micro [--json] --image_index N --images FILE
       mnist_micro --version | --help

Without images it classifies a built-in one, a 1 of the MNIST test set.

  FILE.pgm         binary PGM images, 28x28 pixels of 8 bits, white digit on black
  --images FILE    an idx file of images, not gzipped
  --image_index N  which of them, counted from 0
  --json           one JSON object a line and image: image, predicted_class,
                   scores (the ten int8 outputs), probabilities
  --version        the project's version, and the TFLM that it is linked with
  --help           this text

An image whose background isn't black gets a warning on stderr.

Exit code: 0; 2 for bad usage, bad input or output that can't be written; 1 if the inference fails.
)";

struct NamedImage {
  std::string name;
  Image pixels;
};

// An idx file counts its images in 32 bits.
constexpr unsigned long long kLargestIndex = std::numeric_limits<std::uint32_t>::max();
constexpr unsigned long long kNoIndex = kLargestIndex + 1;

struct Options {
  bool json = false;
  bool help = false;
  bool version = false;
  std::string images;
  unsigned long long image_index = kNoIndex;
  std::vector<std::string> pgm_files;
};

int BadInput(const std::string& message) {
  std::fprintf(stderr, "mnist_micro: %s\n", message.c_str());
  return kExitBadInput;
}

// Returns an empty string, or what is wrong with the arguments.
std::string ParseArguments(int argc, char** argv, Options& options) {
  std::string fault = host::ParseFlags(
      argc, argv,
      {host::TextFlag("--images", options.images),
       host::NumberFlag("--image_index", 0, kLargestIndex, options.image_index),
       host::SwitchFlag("--json", options.json), host::SwitchFlag("--version", options.version),
       host::SwitchFlag("--help", options.help), host::SwitchFlag("-h", options.help)},
      &options.pgm_files);
  if (!fault.empty()) return fault;
  if (options.images.empty() != (options.image_index == kNoIndex)) {
    return "--images and --image_index go together (see --help)";
  }
  if (!options.images.empty() && !options.pgm_files.empty()) {
    return "either PGM files or --images, not both (see --help)";
  }
  return "";
}

// Reads all images before anything is printed. Returns an empty string, or what is wrong.
std::string ReadImages(const Options& options, std::vector<NamedImage>& images) {
  if (!options.images.empty()) {
    images.push_back({options.images + "[" + std::to_string(options.image_index) + "]", {}});
    return mnist_micro::ReadIdxImage(host::UserPath(options.images), options.image_index,
                                     images.back().pixels);
  }
  for (const std::string& file : options.pgm_files) {
    images.push_back({file, {}});
    const std::string fault = mnist_micro::ReadPgm(host::UserPath(file), images.back().pixels);
    if (!fault.empty()) return fault;
  }
  if (options.pgm_files.empty()) {
    images.push_back({"built-in", {}});
    std::memcpy(images.back().pixels.data(), mnist_micro::kSampleImage,
                mnist_micro::kSampleImageSize);
  }
  return "";
}

void Print(const char* text) { std::fputs(text, stdout); }

void PrintJson(const std::string& name, const MnistModel& model) {
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

int Run(const Options& options, const std::vector<NamedImage>& images) {
  static MnistModel model;
  Status status = model.Create();
  if (status != Status::kOk) {
    std::fprintf(stderr, "mnist_micro: the built-in model: %s\n", inference::StatusMessage(status));
    return kExitFailure;
  }
  if (!options.json) {
    mnist_micro::LogModel(Print);
    mnist_micro::LogMemory(Print, model);
  }
  for (const NamedImage& image : images) {
    const std::string doubt = mnist_micro::FindBrightBackground(image.pixels);
    if (!doubt.empty()) {
      std::fprintf(stderr, "mnist_micro: warning: %s: %s\n", image.name.c_str(), doubt.c_str());
    }
    status = mnist_micro::Classify(model, image.pixels.data());
    if (status != Status::kOk) {
      std::fprintf(stderr, "mnist_micro: %s: %s\n", image.name.c_str(),
                   inference::StatusMessage(status));
      return kExitFailure;
    }
    if (options.json) {
      PrintJson(image.name, model);
    } else {
      if (images.size() > 1) std::printf("Image: %s\n", image.name.c_str());
      mnist_micro::LogPrediction(Print, model);
    }
  }
  return kExitOk;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  const std::string fault = ParseArguments(argc, argv, options);
  if (!fault.empty()) return BadInput(fault);

  int exit_code = kExitOk;
  if (options.help) {
    std::fputs(kHelp, stdout);
  } else if (options.version) {
    std::printf("mnist_micro %s\nTensorFlow Lite Micro: %s, %s\n", MNIST_MICRO_VERSION, TFLM_SOURCE,
                TFLM_COMMIT);
  } else {
    std::vector<NamedImage> images;
    const std::string image_fault = ReadImages(options, images);
    if (!image_fault.empty()) return BadInput(image_fault);
    exit_code = Run(options, images);
  }
  const std::string stdout_fault = host::FlushStdout();
  if (!stdout_fault.empty()) return BadInput(stdout_fault);
  return exit_code;
}
