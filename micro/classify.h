// SPDX-License-Identifier: Apache-2.0

#ifndef MICRO_CLASSIFY_H_
#define MICRO_CLASSIFY_H_

#include <cstddef>
#include <cstdint>

#include "micro/image.h"
#include "mnist_micro/inference/status.h"

// What the generated classes of the models can't know: how an image becomes their input. Target-safe:
// no heap, no files, no exceptions.

namespace mnist_micro {

// Runs a model on an image: its output() then has the score of each class, its ArgMax() is the digit.
//
// model: created. pixels: kImagePixels of them, row by row, 0 is black.
template <typename ModelClass>
mnist_micro::inference::Status Classify(ModelClass& model, const std::uint8_t* pixels) {
  static_assert(ModelClass::template Input<0>::kSize == kImagePixels, "not a model of such images");
  const auto input = model.input();
  for (std::size_t i = 0; i < input.size(); ++i) {
    input.Set(i, static_cast<float>(pixels[i]) / 255.0f);
  }
  return model.Invoke();
}

}  // namespace mnist_micro

#endif  // MICRO_CLASSIFY_H_
