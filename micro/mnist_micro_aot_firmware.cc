// SPDX-License-Identifier: Apache-2.0

#include "micro/firmware_program.h"
#include "micro/log_aot.h"
#include "micro/mnist_model_aot.h"

namespace {

mnist_micro::MnistModelAot model;

}  // namespace

int main() { return mnist_micro::RunFirmwareProgram(model, mnist_micro::LogCompiledModel); }
