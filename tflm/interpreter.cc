// SPDX-License-Identifier: Apache-2.0

#include "mnist_micro/tflm/interpreter.h"

#include <cstddef>
#include <cstdint>
#include <new>

#include "tensorflow/lite/micro/micro_allocator.h"
#include "tensorflow/lite/micro/micro_interpreter.h"

#if __has_include("tensorflow/lite/micro/micro_resource_variable.h")
#include "tensorflow/lite/micro/micro_resource_variable.h"
#define MNIST_MICRO_HAS_RESOURCE_VARIABLES 1
#endif

namespace mnist_micro::tflm {

tflite::MicroResourceVariables* NewResourceVariables(std::uint8_t* memory, std::size_t size,
                                                     int resource_variables) {
#if defined(MNIST_MICRO_HAS_RESOURCE_VARIABLES)
  if (resource_variables > 0) {
    auto* allocator = tflite::MicroAllocator::Create(memory, size);
    return allocator == nullptr
               ? nullptr
               : tflite::MicroResourceVariables::Create(allocator, resource_variables);
  }
#endif
  static_cast<void>(memory);
  static_cast<void>(size);
  static_cast<void>(resource_variables);
  return nullptr;
}

tflite::MicroInterpreter* NewInterpreter(InterpreterStorage& storage, const tflite::Model* model,
                                         const tflite::MicroOpResolver& resolver,
                                         std::uint8_t* arena, std::size_t arena_size,
                                         int resource_variables,
                                         tflite::MicroProfilerInterface* profiler) {
#if defined(MNIST_MICRO_HAS_RESOURCE_VARIABLES)
  if (resource_variables > 0) {
    auto* allocator = tflite::MicroAllocator::Create(arena, arena_size);
    if (allocator == nullptr) return nullptr;
    auto* variables = tflite::MicroResourceVariables::Create(allocator, resource_variables);
    if (variables == nullptr) return nullptr;
    return new (storage.bytes)
        tflite::MicroInterpreter(model, resolver, allocator, variables, profiler);
  }
#endif
  static_cast<void>(resource_variables);
  return new (storage.bytes) tflite::MicroInterpreter(model, resolver, arena, arena_size,
                                                      /*resource_variables=*/nullptr, profiler);
}

}  // namespace mnist_micro::tflm
