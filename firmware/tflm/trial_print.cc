// SPDX-License-Identifier: Apache-2.0

#include "firmware/runtime/print.h"
#include "mnist_micro/tflm/arena_trial.h"

namespace mnist_micro::tflm {

void PrintTrial(const char* text) { PrintText(text); }

}  // namespace mnist_micro::tflm
