// SPDX-License-Identifier: Apache-2.0

#include "micro/image_reader.h"

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mnist_micro {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string Pixels() {
  std::string pixels(kImagePixels, '\0');
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    pixels[i] = static_cast<char>(i % 251);
  }
  return pixels;
}

std::string TestFolder() {
  const char* folder = std::getenv("TEST_TMPDIR");
  EXPECT_NE(folder, nullptr);
  return folder == nullptr ? "/" : folder;
}

std::string WriteFile(const std::string& name, const std::string& data) {
  const std::string path = TestFolder() + "/" + name;
  std::ofstream(path, std::ios::binary) << data;
  return path;
}

std::string Idx(std::uint32_t magic, std::uint32_t count, std::uint32_t rows, std::uint32_t columns,
                const std::string& pixels) {
  std::string data;
  for (const std::uint32_t word : {magic, count, rows, columns}) {
    for (int shift = 24; shift >= 0; shift -= 8) {
      data += static_cast<char>(word >> shift & 0xff);
    }
  }
  return data + pixels;
}

TEST(ParsePgm, ReadsPixelsRowByRow) {
  Image image;
  EXPECT_EQ(ParsePgm("P5\n28 28\n255\n" + Pixels(), image), "");
  for (std::size_t i = 0; i < image.size(); ++i) ASSERT_EQ(image[i], i % 251);
}

TEST(ParsePgm, ReadsCommentsAndAnyWhiteSpace) {
  Image image;
  EXPECT_EQ(ParsePgm("P5# made by hand\n# another 27\n 28\t28 # 7\r\n255 " + Pixels(), image), "");
  EXPECT_EQ(image[250], 250);
}

TEST(ParsePgm, PixelsMayLookLikeWhiteSpaceOrComments) {
  Image image;
  EXPECT_EQ(ParsePgm("P5 28 28 255\n" + std::string(kImagePixels, '#'), image), "");
  EXPECT_EQ(ParsePgm("P5 28 28 255\n" + std::string(kImagePixels, '\n'), image), "");
}

TEST(ParsePgm, RefusesWhatIsNoSuchImage) {
  const std::string pixels = Pixels();
  const std::string fix = "; ./bazelw run //micro:predict -- PICTURE --pgm=FILE makes one";
  Image image;
  EXPECT_THAT(ParsePgm("", image), StartsWith("is empty"));
  EXPECT_THAT(ParsePgm("\x1f\x8b\x08", image), StartsWith("is gzipped"));
  EXPECT_EQ(ParsePgm("P2 28 28 255 0 0", image),
            "is a plain (text) PGM: a binary one (P5) is wanted" + fix);
  EXPECT_EQ(ParsePgm("P6 28 28 255\n" + pixels, image),
            "is not a binary PGM: it does not start with P5" + fix);
  EXPECT_THAT(ParsePgm("P528 28 255\n" + pixels, image),
              StartsWith("is not a binary PGM: no white space"));
  EXPECT_EQ(ParsePgm("P5 27 28 255\n" + pixels, image), "is 27x28 pixels, expected 28x28" + fix);
  EXPECT_EQ(ParsePgm("P5 28 280 255\n" + pixels, image), "is 28x280 pixels, expected 28x28" + fix);
  EXPECT_EQ(ParsePgm("P5 28 28 65535\n" + pixels + pixels, image),
            "has the maximum value 65535, expected 255 (8 bits a pixel)" + fix);
  EXPECT_EQ(ParsePgm("P5 28 28 15\n" + pixels, image),
            "has the maximum value 15, expected 255 (8 bits a pixel)" + fix);
  EXPECT_EQ(ParsePgm("P5 28 28 255\n" + pixels.substr(1), image),
            "is truncated: 783 bytes of pixels, expected 784");
  EXPECT_EQ(ParsePgm("P5 28 28 255\n" + pixels + "x", image),
            "has bytes after its end: 785 bytes of pixels, expected 784");
  for (const char* header :
       {"P5 ", "P5 28", "P5 28 28", "P5 28 28 255", "P5 # 28 28 255", "P5 -28 28 255\n",
        "P5 99999999999999999999 28 255\n", "P5 28 28 255x"}) {
    EXPECT_EQ(ParsePgm(header, image), "has a damaged or truncated PGM header") << header;
  }
}

TEST(ReadPgm, NamesTheFile) {
  Image image;
  EXPECT_EQ(ReadPgm(WriteFile("ok.pgm", "P5 28 28 255\n" + Pixels()), image), "");
  const std::string bad = WriteFile("bad.pgm", "P5 28 28 255\n");
  EXPECT_THAT(ReadPgm(bad, image), StartsWith(bad + ": is truncated"));
  EXPECT_THAT(ReadPgm("/no/such.pgm", image),
              StartsWith("/no/such.pgm: cannot be read: No such file"));
  EXPECT_THAT(ReadPgm(TestFolder(), image), HasSubstr(": cannot be read: Is a directory"));
  EXPECT_THAT(ReadPgm("/dev/zero", image),
              HasSubstr("is larger than any 28x28 PGM image; ./bazelw"));
}

TEST(ReadIdxImage, ReadsTheImageAtTheIndex) {
  const std::string path =
      WriteFile("images", Idx(0x803, 2, 28, 28, std::string(kImagePixels, '\1') + Pixels()));
  Image image;
  EXPECT_EQ(ReadIdxImage(path, 0, image), "");
  EXPECT_EQ(image[783], 1);
  EXPECT_EQ(ReadIdxImage(path, 1, image), "");
  EXPECT_EQ(image[783], 783 % 251);
  EXPECT_EQ(ReadIdxImage(path, 2, image), path + ": has no image 2: it has 2, counted from 0");
}

TEST(ReadIdxImage, RefusesWhatIsNoSuchFile) {
  const std::string pixels = Pixels();
  const struct {
    std::string data;
    std::string fault;
  } kCases[] = {
      {"", "is not an idx file: 0 bytes"},
      {Idx(0x803, 1, 28, 28, "").substr(0, 15), "is not an idx file: 15 bytes"},
      {"\x1f\x8b" + pixels, "is gzipped"},
      {Idx(0x801, 1, 28, 28, pixels), "is not an idx file of images"},
      {Idx(0x803, 1, 28, 27, pixels), "has images of 28x27 pixels"},
      {Idx(0x803, 2, 28, 28, pixels), "is truncated: 800 bytes, expected 1584"},
      {Idx(0x803, 1, 28, 28, pixels + "x"), "has bytes after its end"},
      {Idx(0x803, 0xffffffff, 28, 28, pixels), "is truncated"},
  };
  for (const auto& test : kCases) {
    const std::string path = WriteFile("bad", test.data);
    Image image;
    EXPECT_THAT(ReadIdxImage(path, 0, image), StartsWith(path + ": " + test.fault));
  }
  Image image;
  EXPECT_THAT(ReadIdxImage("/no/such", 0, image),
              StartsWith("/no/such: cannot be read: No such file"));
}

// All images of MNIST's file that the variable names.
std::vector<Image> MnistImages(const char* variable) {
  std::ifstream file(std::getenv(variable), std::ios::binary);
  std::vector<Image> images;
  Image image;
  while (ParseIdxImage(file, images.size(), image).empty()) {
    images.push_back(image);
    file.seekg(0);
  }
  return images;
}

// What a pixel becomes if black becomes `black` and white becomes `white`.
Image Between(const Image& image, int black, int white) {
  Image result;
  for (std::size_t i = 0; i < image.size(); ++i) {
    result[i] = static_cast<std::uint8_t>(black + (white - black) * image[i] / 255);
  }
  return result;
}

TEST(FindBrightBackground, SaysNothingOfAnyImageOfMnist) {
  const std::vector<Image> training = MnistImages("TRAIN_IMAGES");
  const std::vector<Image> test = MnistImages("TEST_IMAGES");
  ASSERT_EQ(training.size(), 60'000u);
  ASSERT_EQ(test.size(), 10'000u);
  for (const Image& image : training) ASSERT_EQ(FindBrightBackground(image), "");
  for (const Image& image : test) {
    ASSERT_EQ(FindBrightBackground(image), "");
    // Dim ones, and those on nearly black, are classified as well.
    ASSERT_EQ(FindBrightBackground(Between(image, 0, 150)), "");
    ASSERT_EQ(FindBrightBackground(Between(image, 12, 255)), "");
  }
}

TEST(FindBrightBackground, FindsDarkDigitsAndGreyBackgrounds) {
  for (const Image& image : MnistImages("TEST_IMAGES")) {
    ASSERT_THAT(FindBrightBackground(Between(image, 255, 0)), EndsWith(" -negate -auto-level"));
    ASSERT_THAT(FindBrightBackground(Between(image, 200, 30)), EndsWith(" -negate -auto-level"));
    ASSERT_THAT(FindBrightBackground(Between(image, 40, 0)), EndsWith(" -negate -auto-level"));
    ASSERT_THAT(FindBrightBackground(Between(image, 40, 255)), EndsWith("convert -auto-level"));
    ASSERT_THAT(FindBrightBackground(Between(image, 150, 255)), EndsWith("convert -auto-level"));
  }
}

}  // namespace
}  // namespace mnist_micro
