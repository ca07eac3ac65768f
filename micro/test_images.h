// SPDX-License-Identifier: Apache-2.0

#ifndef MICRO_TEST_IMAGES_H_
#define MICRO_TEST_IMAGES_H_

#include "micro/mnist_model.h"
#include "mnist_micro/inference/printing.h"
#include "mnist_micro/inference/status.h"

// The first images of MNIST's test set, which host and chip classify alike. Target-safe: no heap, no files,
// no exceptions.

namespace mnist_micro {

// Classifies each image and prints a line: its number, the class and the ten int8 scores. Stops at the first
// that fails. model: created.
inference::Status LogTestImages(inference::PrintFunction print, MnistModel& model);

}  // namespace mnist_micro

#endif  // MICRO_TEST_IMAGES_H_
