// SPDX-License-Identifier: Apache-2.0

#ifndef MNIST_MICRO_TFLM_INTERPRETER_H_
#define MNIST_MICRO_TFLM_INTERPRETER_H_

#include <cstddef>
#include <cstdint>

#include "tensorflow/lite/micro/micro_interpreter.h"
#include "tensorflow/lite/micro/micro_op_resolver.h"
#include "tensorflow/lite/micro/micro_profiler_interface.h"
#include "tensorflow/lite/schema/schema_generated.h"

// How an interpreter is made with the linked TFLM, whichever it is. Target-safe: no heap, no files, no
// exceptions.

namespace mnist_micro::tflm {

// Memory for one interpreter, which need not be constructed.
struct InterpreterStorage {
  alignas(tflite::MicroInterpreter) std::uint8_t bytes[sizeof(tflite::MicroInterpreter)];
};

// Constructs an interpreter in `storage`; its destructor is the caller's to run. Model, resolver, arena and
// profiler must outlive it; today's TFLM without error messages calls no profiler, see profiled_ops.h.
// resource_variables: how many the model has. TFLM of 2020 has none: its
// operators are missing there, so that such a model gets no further than AllocateTensors().
// Returns nullptr if the arena is too small for what is needed before AllocateTensors().
tflite::MicroInterpreter* NewInterpreter(InterpreterStorage& storage, const tflite::Model* model,
                                         const tflite::MicroOpResolver& resolver,
                                         std::uint8_t* arena, std::size_t arena_size,
                                         int resource_variables,
                                         tflite::MicroProfilerInterface* profiler = nullptr);

// Makes resource variables in memory of their own, for an interpreter that must have its arena for itself.
// Returns nullptr for none, if they don't fit, and always with TFLM of 2020.
tflite::MicroResourceVariables* NewResourceVariables(std::uint8_t* memory, std::size_t size,
                                                     int resource_variables);

}  // namespace mnist_micro::tflm

#endif  // MNIST_MICRO_TFLM_INTERPRETER_H_
