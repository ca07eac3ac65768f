// SPDX-License-Identifier: Apache-2.0

#include "mnist_micro/inference/status.h"

namespace mnist_micro::inference {

const char* StatusMessage(Status status) {
  switch (status) {
    case Status::kOk:
      return "ok";
    case Status::kDamagedModel:
      return "the model's bytes are not those that were built: its memory is damaged";
    case Status::kUnexpectedTensor:
      return "the model's inputs or outputs are not those that this class was made for";
    case Status::kNoSuchOperator:
      return "the operators could not be registered";
    case Status::kArenaTooSmall:
      return "the arena is too small";
    case Status::kInvokeFailed:
      return "an operator failed";
    case Status::kNotCreated:
      return "the model was not created";
    case Status::kWrongSize:
      return "the tensor has another number of elements";
    case Status::kMisalignedMemory:
      return "the working memory is not aligned";
    case Status::kPrepareFailed:
      return "the model could not be prepared: an operator refused it, or the arena is too small";
  }
  return "unknown status";
}

}  // namespace mnist_micro::inference
