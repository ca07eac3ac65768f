// SPDX-License-Identifier: Apache-2.0

#ifndef MICRO_IMAGE_H_
#define MICRO_IMAGE_H_

#include <array>
#include <cstddef>
#include <cstdint>

namespace mnist_micro {

inline constexpr std::size_t kImagePixels = 28 * 28;

// Row by row, 0 is black.
using Image = std::array<std::uint8_t, kImagePixels>;

}  // namespace mnist_micro

#endif  // MICRO_IMAGE_H_
