// SPDX-License-Identifier: Apache-2.0

#ifndef MICRO_FIRMWARE_PROGRAM_H_
#define MICRO_FIRMWARE_PROGRAM_H_

#include "firmware/runtime/print.h"
#include "firmware/runtime/stack.h"
#include "micro/classify.h"
#include "micro/log_prediction.h"
#include "micro/sample_image_data.h"
#include "micro/test_images.h"
#include "mnist_micro/inference/printing.h"
#include "mnist_micro/inference/status.h"

// The program for the chip, whatever engine runs the model: prints what the host program prints of the built-in
// image, then a line for each of the first test images, and the stack's peak.

namespace mnist_micro {

inline int FirmwareFailure(const char* what, inference::Status status) {
  inference::Print(PrintText, "FAIL: ", what, ": ", inference::StatusMessage(status), "\n");
  return 1;
}

// The program's main(). log_model: prints what comes before the prediction.
template <typename ModelClass>
int RunFirmwareProgram(ModelClass& model,
                       void (*log_model)(inference::PrintFunction, const ModelClass&)) {
  using inference::Status;
  Status status = model.Create();
  if (status != Status::kOk) return FirmwareFailure("the built-in model", status);
  log_model(PrintText, model);
  status = Classify(model, kSampleImage);
  if (status != Status::kOk) return FirmwareFailure("the built-in image", status);
  LogPrediction(PrintText, model);
  status = LogTestImages(PrintText, model);
  if (status != Status::kOk) return FirmwareFailure("a test image", status);
  inference::Print(PrintText, "Stack peak: ", StackPeak(), " bytes\nPASS\n");
  return 0;
}

}  // namespace mnist_micro

#endif  // MICRO_FIRMWARE_PROGRAM_H_
