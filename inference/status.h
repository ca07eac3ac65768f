// SPDX-License-Identifier: Apache-2.0

#ifndef MNIST_MICRO_INFERENCE_STATUS_H_
#define MNIST_MICRO_INFERENCE_STATUS_H_

#include <cstdint>

// What the calls of a generated class return, whatever engine runs the model. Target-safe.

namespace mnist_micro::inference {

enum class [[nodiscard]] Status : std::uint8_t {
  kOk,
  kDamagedModel,      // Its bytes are not those that were built: memory was damaged.
  kUnexpectedTensor,  // Its inputs or outputs are not those that the class was made for.
  kNoSuchOperator,    // The operators could not be registered.
  kArenaTooSmall,     // Certainly: the engine was not asked, or could not even begin.
  kInvokeFailed,
  kNotCreated,        // Create() was not called, or failed.
  kWrongSize,         // The number of values differs from the tensor's size.
  kMisalignedMemory,  // The caller's memory does not begin where it must.
  kPrepareFailed,  // The engine could not prepare the model: its log says which operator or allocation.
};

// One line for a log, without a full stop.
const char* StatusMessage(Status status);

}  // namespace mnist_micro::inference

#endif  // MNIST_MICRO_INFERENCE_STATUS_H_
