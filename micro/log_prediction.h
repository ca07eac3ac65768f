// SPDX-License-Identifier: Apache-2.0

#ifndef MICRO_LOG_PREDICTION_H_
#define MICRO_LOG_PREDICTION_H_

#include "mnist_micro/inference/printing.h"
#include "mnist_micro/inference/type_code.h"

// What is printed of a classification, whatever engine ran it, on the host as on the chip. Target-safe: no heap, no
// files, no exceptions.

namespace mnist_micro {

// Prints the result of a call. model: after Classify().
template <typename ModelClass>
void LogPrediction(inference::PrintFunction print, const ModelClass& model) {
  using Input = typename ModelClass::template Input<0>;
  using Output = typename ModelClass::template Output<0>;
  using inference::Fixed;
  using inference::Print;
  constexpr auto kBytes = Output::kSize * sizeof(typename Output::Type);
  Print(print, "Wrote INT8 input using scale=", Fixed{Input::kScale, 6},
        ", zero_point=", static_cast<int>(Input::kZeroPoint), "\n");
  Print(print, "Invoke successful!\nOutput Tensor:\n");
  Print(print, "  type=", inference::TypeCode<typename Output::Type>(), ", bytes=", kBytes, "\n");
  Print(print, "  dims(size=", Output::kRank, "): [");
  for (int i = 0; i < 4; ++i) {
    Print(print, i == 0 ? "" : ", ", i < Output::kRank ? static_cast<int>(Output::kShape[i]) : -1);
  }
  Print(print, "]\n  scale=", Fixed{Output::kScale, 6},
        ", zero_point=", static_cast<int>(Output::kZeroPoint), "\n");
  Print(print, "Output heuristic: ", kBytes, "x INT8/UINT8 bytes\n");
  Print(print, "Predicted class = ", model.ArgMax(), "\n");
}

}  // namespace mnist_micro

#endif  // MICRO_LOG_PREDICTION_H_
