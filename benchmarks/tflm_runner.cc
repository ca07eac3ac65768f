// SPDX-License-Identifier: Apache-2.0

// Runs our C++ inference on request, and times it, so that others can be timed in between.
//
// A line "image HEX" on stdin (784 pixels as hexadecimal digits) sets the image and is answered by
// "scores" and the ten outputs; "run N" classifies it N times and is answered by "nanoseconds" and
// the time of all. Exit code: 0 at the end of stdin; 2 for any other line; 1 if the inference fails.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>

#include "micro/classify.h"
#include "micro/mnist_model.h"
#include "mnist_micro/inference/status.h"

namespace inference = mnist_micro::inference;

namespace {

using inference::Status;
using mnist_micro::Classify;
using mnist_micro::kImagePixels;

constexpr int kExitFailure = 1;
constexpr int kExitBadInput = 2;
constexpr long kMaxRuns = 10'000'000;

bool ParseImage(const std::string& hex, std::uint8_t* pixels) {
  if (hex.size() != 2 * kImagePixels ||
      hex.find_first_not_of("0123456789abcdef") != std::string::npos) {
    return false;
  }
  for (std::size_t i = 0; i < kImagePixels; ++i) {
    pixels[i] = static_cast<std::uint8_t>(std::stoi(hex.substr(2 * i, 2), nullptr, 16));
  }
  return true;
}

int Fail(int exit_code, const std::string& message) {
  std::cerr << "tflm_runner: " << message << "\n";
  return exit_code;
}

}  // namespace

int main() {
  static mnist_micro::MnistModel model;
  Status status = model.Create();
  if (status != Status::kOk) return Fail(kExitFailure, inference::StatusMessage(status));
  std::uint8_t pixels[kImagePixels] = {};
  std::string line;
  while (std::getline(std::cin, line)) {
    if (line.rfind("image ", 0) == 0) {
      if (!ParseImage(line.substr(6), pixels)) return Fail(kExitBadInput, "not an image");
      status = Classify(model, pixels);
      std::cout << "scores";
      for (const std::int8_t score : model.output()) std::cout << ' ' << static_cast<int>(score);
    } else if (line.rfind("run ", 0) == 0) {
      const long runs = std::strtol(line.c_str() + 4, nullptr, 10);
      if (runs < 1 || runs > kMaxRuns) return Fail(kExitBadInput, "not a number of runs");
      const auto start = std::chrono::steady_clock::now();
      for (long i = 0; i < runs && status == Status::kOk; ++i) {
        status = Classify(model, pixels);
      }
      const std::chrono::nanoseconds elapsed = std::chrono::steady_clock::now() - start;
      std::cout << "nanoseconds " << elapsed.count();
    } else {
      return Fail(kExitBadInput, "unknown request");
    }
    if (status != Status::kOk) return Fail(kExitFailure, inference::StatusMessage(status));
    std::cout << std::endl;
  }
  return 0;
}
