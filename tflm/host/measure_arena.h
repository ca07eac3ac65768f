// SPDX-License-Identifier: Apache-2.0

#ifndef MNIST_MICRO_TFLM_HOST_MEASURE_ARENA_H_
#define MNIST_MICRO_TFLM_HOST_MEASURE_ARENA_H_

#include <cstddef>
#include <cstdint>

#include "tensorflow/lite/micro/micro_op_resolver.h"

// The program that measures the arena of the model that it is linked with. Host only; the rule
// tflm_arena generates its main().

namespace mnist_micro::tflm {

struct MeasuredModel {
  const std::uint8_t* data;
  const tflite::MicroOpResolver* resolver;  // nullptr: the operators could not be registered.
  int resource_variables;                   // How many the model has.
  const char* label;                        // Of the target, for the banner.
  const char* constant;                     // Of the size, in the header that is written.
  const char* name_space;                   // Of the constant.
};

// Exit code: 0; 2 for bad usage and files that can't be read or written; 1 if the measurement fails.
int MeasureArenaMain(const MeasuredModel& model, int argc, char** argv);

}  // namespace mnist_micro::tflm

#endif  // MNIST_MICRO_TFLM_HOST_MEASURE_ARENA_H_
