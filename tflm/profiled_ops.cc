// SPDX-License-Identifier: Apache-2.0

#include "mnist_micro/tflm/profiled_ops.h"

#if defined(MNIST_MICRO_TFLM_CALLS_NO_PROFILER)

#include "tensorflow/lite/schema/schema_generated.h"

namespace mnist_micro::tflm {

const char* OperatorName(tflite::BuiltinOperator op) { return tflite::EnumNameBuiltinOperator(op); }

}  // namespace mnist_micro::tflm

#endif  // MNIST_MICRO_TFLM_CALLS_NO_PROFILER
