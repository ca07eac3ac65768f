// SPDX-License-Identifier: Apache-2.0

// Whether the kernels that this is linked with compute the same bytes as the reference kernels on the machine
// that builds.

#include <cstddef>
#include <cstdint>

#include "firmware/runtime/print.h"
#include "firmware/testing/expected_checksums.h"
#include "firmware/testing/kernel_checksums.h"
#include "mnist_micro/inference/printing.h"
#include "mnist_micro/inference/status.h"

// CMSIS-NN's, if it is linked.
extern "C" [[gnu::weak]] void arm_convolve_wrapper_s8();

int main() {
  using mnist_micro::inference::Print;
  Print(PrintText, "linked ", &arm_convolve_wrapper_s8 == nullptr ? "without" : "with",
        " CMSIS-NN\n");
  std::size_t count = 0;
  std::size_t wrong = 0;
  const auto status =
      kernels::RunAll([](const char* name) { Print(PrintText, name, "\n"); },
                      [&](std::uint32_t sample, std::size_t output, std::uint32_t checksum) {
                        if (count >= kernels::kExpectedChecksumsCount ||
                            checksum != kernels::kExpectedChecksums[count]) {
                          if (++wrong <= 20)
                            Print(PrintText, "sample ", sample, ": output ", output, " differs\n");
                        }
                        ++count;
                      });
  if (status != mnist_micro::inference::Status::kOk) {
    Print(PrintText, "FAIL: ", mnist_micro::inference::StatusMessage(status), "\n");
    return 1;
  }
  Print(PrintText, count, " outputs compared, ", wrong, " differ\n");
  if (wrong != 0 || count != kernels::kExpectedChecksumsCount) {
    PrintText("FAIL\n");
    return 1;
  }
  PrintText("PASS\n");
  return 0;
}
