// SPDX-License-Identifier: Apache-2.0

#include "micro/test_images.h"

#include <cstddef>

#include "micro/classify.h"
#include "micro/image.h"
#include "micro/mnist_model.h"
#include "micro/test_images_data.h"
#include "mnist_micro/inference/printing.h"
#include "mnist_micro/inference/status.h"

namespace mnist_micro {

using inference::Print;
using inference::Status;

Status LogTestImages(inference::PrintFunction print, MnistModel& model) {
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
