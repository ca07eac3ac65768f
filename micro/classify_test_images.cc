// SPDX-License-Identifier: Apache-2.0

// Prints, on the host, what the firmware prints of the test images. Exit code 1 if an inference fails.

#include <cstdio>

#include "micro/mnist_model.h"
#include "micro/test_images.h"
#include "mnist_micro/inference/status.h"

using mnist_micro::inference::Status;

int main() {
  static mnist_micro::MnistModel model;
  Status status = model.Create();
  if (status == Status::kOk) {
    const auto print = [](const char* text) { std::fputs(text, stdout); };
    status = mnist_micro::LogTestImages(print, model);
  }
  if (status == Status::kOk) {
    if (std::fflush(stdout) == 0 && !std::ferror(stdout)) return 0;
    std::fputs("classify_test_images: standard output can't be written\n", stderr);
    return 1;
  }
  std::fprintf(stderr, "classify_test_images: %s\n", mnist_micro::inference::StatusMessage(status));
  return 1;
}
