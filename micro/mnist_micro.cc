// SPDX-License-Identifier: Apache-2.0

// The host program: classifies images of digits as the chip would, and prints what the chip would.

#include "micro/host_program.h"
#include "micro/log.h"
#include "micro/mnist_model.h"
#include "mnist_micro/inference/printing.h"
#include "mnist_micro/tflm_source.h"

namespace {

using mnist_micro::MnistModel;

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

void Log(mnist_micro::inference::PrintFunction print, const MnistModel& model) {
  mnist_micro::LogModel(print);
  mnist_micro::LogMemory(print, model);
}

}  // namespace

int main(int argc, char** argv) {
  static MnistModel model;
  return mnist_micro::RunHostProgram(
      argc, argv,
      {"mnist_micro", kHelp, "TensorFlow Lite Micro: " TFLM_SOURCE ", " TFLM_COMMIT "\n"}, model,
      Log);
}
