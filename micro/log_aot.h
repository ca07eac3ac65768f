// SPDX-License-Identifier: Apache-2.0

#ifndef MICRO_LOG_AOT_H_
#define MICRO_LOG_AOT_H_

#include "micro/mnist_model_aot.h"
#include "mnist_micro/inference/printing.h"

// What the program of the compiled model prints of it, on the host as on the chip. Target-safe.

namespace mnist_micro {

// How much memory it takes depends on the core, and so is not here.
inline void LogCompiledModel(inference::PrintFunction print, const MnistModelAot& /*model*/) {
  inference::Print(print, "Model compiled to C\n");
}

}  // namespace mnist_micro

#endif  // MICRO_LOG_AOT_H_
