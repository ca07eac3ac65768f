// SPDX-License-Identifier: Apache-2.0

// The host program with the model compiled to C, without TensorFlow Lite Micro: it prints the same predictions.

#include "micro/host_program.h"
#include "micro/log_aot.h"
#include "micro/mnist_model_aot.h"

namespace {

constexpr char kHelp[] =
    R"(mnist_micro_aot: classifies handwritten digits with the int8 model, compiled to C.

usage: mnist_micro_aot [--json] [FILE.pgm ...]
       mnist_micro_aot [--json] --image_index N --images FILE
       mnist_micro_aot --version | --help

It prints the predictions that mnist_micro prints, without TensorFlow Lite Micro in it.
Without images it classifies a built-in one, a 1 of the MNIST test set.

  FILE.pgm         binary PGM images, 28x28 pixels of 8 bits, white digit on black
  --images FILE    an idx file of images, not gzipped
  --image_index N  which of them, counted from 0
  --json           one JSON object a line and image: image, predicted_class,
                   scores (the ten int8 outputs), probabilities
  --version        the project's version
  --help           this text

An image whose background isn't black gets a warning on stderr.

Exit code: 0; 2 for bad usage, bad input or output that can't be written; 1 if the inference fails.
)";

}  // namespace

int main(int argc, char** argv) {
  static mnist_micro::MnistModelAot model;
  return mnist_micro::RunHostProgram(argc, argv, {"mnist_micro_aot", kHelp, ""}, model,
                                     mnist_micro::LogCompiledModel);
}
