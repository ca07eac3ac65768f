// SPDX-License-Identifier: Apache-2.0

#include "micro/firmware_program.h"
#include "micro/log.h"
#include "micro/mnist_model.h"
#include "mnist_micro/inference/printing.h"

namespace {

mnist_micro::MnistModel model;

void Log(mnist_micro::inference::PrintFunction print, const mnist_micro::MnistModel& of) {
  mnist_micro::LogModel(print);
  mnist_micro::LogMemory(print, of);
}

}  // namespace

int main() { return mnist_micro::RunFirmwareProgram(model, Log); }
