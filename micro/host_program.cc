// SPDX-License-Identifier: Apache-2.0

#include "micro/host_program.h"

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "micro/image_reader.h"
#include "micro/sample_image_data.h"
#include "micro/version.h"
#include "mnist_micro/host/files.h"
#include "mnist_micro/host/flags.h"

namespace mnist_micro {
namespace {

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
    return ReadIdxImage(host::UserPath(options.images), options.image_index, images.back().pixels);
  }
  for (const std::string& file : options.pgm_files) {
    images.push_back({file, {}});
    const std::string fault = ReadPgm(host::UserPath(file), images.back().pixels);
    if (!fault.empty()) return fault;
  }
  if (options.pgm_files.empty()) {
    images.push_back({"built-in", {}});
    std::memcpy(images.back().pixels.data(), kSampleImage, kSampleImageSize);
  }
  return "";
}

}  // namespace

Request ParseRequest(int argc, char** argv, const ProgramTexts& texts) {
  Request request;
  Options options;
  std::string fault = ParseArguments(argc, argv, options);
  if (fault.empty() && options.help) {
    std::fputs(texts.help, stdout);
    return request;
  }
  if (fault.empty() && options.version) {
    std::printf("%s %s\n%s", texts.name, MNIST_MICRO_VERSION, texts.version);
    return request;
  }
  if (fault.empty()) fault = ReadImages(options, request.images);
  if (!fault.empty()) {
    std::fprintf(stderr, "%s: %s\n", texts.name, fault.c_str());
    request.exit_code = kExitBadInput;
    return request;
  }
  request.run = true;
  request.json = options.json;
  return request;
}

void WarnOfImage(const ProgramTexts& texts, const NamedImage& image) {
  const std::string doubt = FindBrightBackground(image.pixels);
  if (!doubt.empty()) {
    std::fprintf(stderr, "%s: warning: %s: %s\n", texts.name, image.name.c_str(), doubt.c_str());
  }
}

}  // namespace mnist_micro
