// SPDX-License-Identifier: Apache-2.0

#ifndef MICRO_TEST_IMAGES_H_
#define MICRO_TEST_IMAGES_H_

#include <cstddef>

#include "micro/classify.h"
#include "micro/image.h"
#include "micro/test_images_data.h"
#include "mnist_micro/inference/printing.h"
#include "mnist_micro/inference/status.h"

// The first images of MNIST's test set, which host and chip classify alike. Target-safe: no heap, no files,
// no exceptions.

namespace mnist_micro {

// Classifies each image and prints a line: its number, the class and the ten int8 scores. Stops at the first
// that fails. model: created.
template <typename ModelClass>
inference::Status LogTestImages(inference::PrintFunction print, ModelClass& model) {
  using inference::Print;
  using inference::Status;
  constexpr std::size_t kImages = kTestImagesSize / kImagePixels;
  for (std::size_t i = 0; i < kImages; ++i) {
    const Status status = Classify(model, kTestImages + i * kImagePixels);
    if (status != Status::kOk) return status;
    Print(print, "Test image ", i, ": predicted class ", model.ArgMax(), ", scores");
    const auto scores = model.output();
    for (std::size_t k = 0; k < scores.size(); ++k) Print(print, " ", scores[k]);
    Print(print, "\n");
  }
  return Status::kOk;
}

}  // namespace mnist_micro

#endif  // MICRO_TEST_IMAGES_H_
