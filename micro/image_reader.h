// SPDX-License-Identifier: Apache-2.0

#ifndef MICRO_IMAGE_READER_H_
#define MICRO_IMAGE_READER_H_

#include <cstdint>
#include <istream>
#include <string>
#include <string_view>

#include "micro/image.h"

// Readers of images from files, for the host program.

namespace mnist_micro {

// Parses a binary PGM (magic number P5, http://netpbm.sourceforge.net/doc/pgm.html) of 28x28 pixels
// of 8 bits. Returns an empty string, or what is wrong with the data.
std::string ParsePgm(std::string_view data, Image& image);

// Reads such a file. Returns an empty string, or one line that names the file and what is wrong.
std::string ReadPgm(const std::string& path, Image& image);

// Parses one image of an idx file (http://yann.lecun.com/exdb/mnist) of 28x28 images of unsigned
// bytes. Returns an empty string, or what is wrong with the data, in one line.
std::string ParseIdxImage(std::istream& file, std::uint64_t index, Image& image);

// Reads one image of such a file. Returns an empty string, or one line that names the file and what is
// wrong.
std::string ReadIdxImage(const std::string& path, std::uint64_t index, Image& image);

// The model knows white digits on black, and is sure of itself on others, too. No image of MNIST has a
// border (its outermost pixels) that is brighter than 9 in the mean.
// Returns an empty string, or what the border says of the image and how to mend it.
std::string FindBrightBackground(const Image& image);

}  // namespace mnist_micro

#endif  // MICRO_IMAGE_READER_H_
