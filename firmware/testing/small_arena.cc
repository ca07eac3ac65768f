// SPDX-License-Identifier: Apache-2.0

// A fault on purpose: an arena that is smaller than the model needs.

#include <cstddef>

#include "firmware/runtime/print.h"
#include "mnist_micro/inference/printing.h"
#include "mnist_micro/inference/status.h"
#include "mnist_micro/tflm/model.h"
#include "tflm/testing/small_cnn.h"

namespace {

namespace inference = mnist_micro::inference;

struct Traits : tflm_test::SmallCnnTraits {
  static constexpr std::size_t kArenaSize = 1024;
};

mnist_micro::tflm::Model<Traits> model;

}  // namespace

int main() {
  const inference::Status status = model.Create();
  if (status != inference::Status::kOk) {
    inference::Print(PrintText, "FAIL: ", inference::StatusMessage(status), "\n");
    return 1;
  }
  PrintText("PASS\n");
  return 0;
}
