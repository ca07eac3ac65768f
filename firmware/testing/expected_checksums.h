// SPDX-License-Identifier: Apache-2.0

#ifndef FIRMWARE_TESTING_EXPECTED_CHECKSUMS_H_
#define FIRMWARE_TESTING_EXPECTED_CHECKSUMS_H_

#include <cstddef>
#include <cstdint>

namespace kernels {

// The checksums of RunAll() on the machine that builds, in its order.
extern const std::uint32_t kExpectedChecksums[];
extern const std::size_t kExpectedChecksumsCount;

}  // namespace kernels

#endif  // FIRMWARE_TESTING_EXPECTED_CHECKSUMS_H_
