// SPDX-License-Identifier: Apache-2.0

// TFLM of 2020 has other names, and calls its profiler always.
#if __has_include("tensorflow/lite/micro/arena_allocator/single_arena_buffer_allocator.h")

#include "mnist_micro/tflm/profiled_ops.h"

#include "tensorflow/lite/schema/schema_generated.h"

namespace mnist_micro::tflm {

const char* OperatorName(tflite::BuiltinOperator op) { return tflite::EnumNameBuiltinOperator(op); }

}  // namespace mnist_micro::tflm

#endif
