// SPDX-License-Identifier: Apache-2.0

#include "micro/log.h"

#include <cstddef>

#include "micro/mnist_model.h"
#include "micro/mnist_model_data.h"
#include "mnist_micro/inference/printing.h"
#include "mnist_micro/tflm/model.h"
#include "tensorflow/lite/c/common.h"
#include "tensorflow/lite/schema/schema_generated.h"
#include "tensorflow/lite/schema/schema_utils.h"

namespace mnist_micro {
namespace {

using inference::Fixed;
using inference::Print;
using inference::PrintFunction;
using Input = MnistModel::Input<0>;

}  // namespace

void LogModel(PrintFunction print) {
  const tflite::Model& model = *tflite::GetModel(kMnistModel);
  Print(print, "ENUM CHECK: kTfLiteInt8=", static_cast<int>(kTfLiteInt8),
        ", schema INT8=", static_cast<int>(tflite::TensorType_INT8),
        ", schema FLOAT32=", static_cast<int>(tflite::TensorType_FLOAT32), "\n");
  Print(print, "Model buffer length: ", kMnistModelSize, " bytes\n");
  const tflite::SubGraph& subgraph = *model.subgraphs()->Get(0);
  const int input = subgraph.inputs()->Get(0);
  Print(print, "Flatbuffer input tensor index=", input,
        ", type=", static_cast<int>(subgraph.tensors()->Get(input)->type()), "\n");
  Print(print, "Operators in model (builtin codes):\n");
  int i = 0;
  for (const tflite::Operator* op : *subgraph.operators()) {
    const tflite::OperatorCode* code = model.operator_codes()->Get(op->opcode_index());
    Print(print, "  #", i++, " : builtin_code=", static_cast<int>(tflite::GetBuiltinCode(code)),
          "\n");
  }
}

// Create() has seen to it that the tensors are what the class says.
void LogMemory(PrintFunction print, const MnistModel& model) {
  Print(print, "Tensor arena used: ", model.arena_used_bytes(),
        " bytes (arena size: ", MnistModel::kArenaSize, " bytes)\n");
  Print(print, "Input (runtime): type=", static_cast<int>(tflm::TypeOf<Input::Type>()),
        ", bytes=", Input::kSize * sizeof(Input::Type), ", scale=", Fixed{Input::kScale, 6},
        ", zero_point=", static_cast<int>(Input::kZeroPoint), "\n");
}

}  // namespace mnist_micro
