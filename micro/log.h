// SPDX-License-Identifier: Apache-2.0

#ifndef MICRO_LOG_H_
#define MICRO_LOG_H_

#include "micro/mnist_model.h"
#include "mnist_micro/inference/printing.h"

// What TFLM's program prints of the model, on the host as on the chip. Target-safe: no heap, no files, no
// exceptions.

namespace mnist_micro {

// Prints what the model's file says. It was verified before.
void LogModel(inference::PrintFunction print);

// Prints what the model takes of the memory. model: created.
void LogMemory(inference::PrintFunction print, const MnistModel& model);

}  // namespace mnist_micro

#endif  // MICRO_LOG_H_
