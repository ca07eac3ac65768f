// SPDX-License-Identifier: Apache-2.0

#ifndef WEB_NORMALIZATION_H_
#define WEB_NORMALIZATION_H_

#include <stdbool.h>
#include <stdint.h>

// Makes of a digit's ink an image like those of MNIST, as micro/pictures/normalization.py does, step by step: a test
// compares both. That file says where the procedure comes from.

enum {
  // Of the image.
  kImageSide = 28,
  kImagePixels = kImageSide * kImageSide,
  // Of the ink.
  kInkSide = 280,
  // A digit's longer side has at least so many pixels of ink.
  kLeastInk = 8,
};

// Crops, scales and centres a digit.
//
// ink: kInkSide rows of as many pixels, 255 is ink, 0 is none.
// image: kImagePixels are written, white on black.
//
// Returns false, and writes nothing, if there is too little ink. It is not reentrant.
bool normalize(const uint8_t* ink, uint8_t* image);

#endif  // WEB_NORMALIZATION_H_
