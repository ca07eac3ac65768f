// SPDX-License-Identifier: Apache-2.0

// The program for the chip: prints what the host program prints of the built-in image, then a line for each of
// the first test images, and the stack's peak.

#include "firmware/runtime/print.h"
#include "firmware/runtime/stack.h"
#include "micro/classify.h"
#include "micro/log.h"
#include "micro/mnist_model.h"
#include "micro/sample_image_data.h"
#include "micro/test_images.h"
#include "mnist_micro/inference/printing.h"
#include "mnist_micro/inference/status.h"

namespace {

using mnist_micro::inference::Print;
using mnist_micro::inference::Status;

mnist_micro::MnistModel model;

int Fail(const char* what, Status status) {
  Print(PrintText, "FAIL: ", what, ": ", mnist_micro::inference::StatusMessage(status), "\n");
  return 1;
}

}  // namespace

int main() {
  Status status = model.Create();
  if (status != Status::kOk) return Fail("the built-in model", status);
  mnist_micro::LogModel(PrintText);
  mnist_micro::LogMemory(PrintText, model);
  status = mnist_micro::Classify(model, mnist_micro::kSampleImage);
  if (status != Status::kOk) return Fail("the built-in image", status);
  mnist_micro::LogPrediction(PrintText, model);
  status = mnist_micro::LogTestImages(PrintText, model);
  if (status != Status::kOk) return Fail("a test image", status);
  Print(PrintText, "Stack peak: ", StackPeak(), " bytes\nPASS\n");
  return 0;
}
