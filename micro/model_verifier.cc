#include "micro/model_verifier.h"

#include <cstddef>
#include <cstdint>

#include "flatbuffers/flatbuffers.h"
#include "tensorflow/lite/micro/micro_interpreter.h"
#include "tensorflow/lite/schema/schema_generated.h"

namespace mnist_micro {
namespace {

// Far above what a microcontroller holds, far below where the products overflow.
constexpr std::uint64_t kMaxTensorBytes = 1u << 28;

// Bytes of one element; 0 for types that TFLM has no kernels for.
std::size_t ElementSize(tflite::TensorType type) {
  switch (type) {
    case tflite::TensorType_INT8:
    case tflite::TensorType_UINT8:
    case tflite::TensorType_BOOL:
      return 1;
    case tflite::TensorType_INT16:
    case tflite::TensorType_FLOAT16:
      return 2;
    case tflite::TensorType_FLOAT32:
    case tflite::TensorType_INT32:
      return 4;
    case tflite::TensorType_INT64:
      return 8;
    default:
      return 0;
  }
}

const char* FindTensorFault(const tflite::Tensor& tensor, const tflite::Model& model) {
  const std::size_t element_size = ElementSize(tensor.type());
  if (element_size == 0) return "a tensor has an unsupported type";
  std::uint64_t bytes = element_size;
  if (tensor.shape() != nullptr) {
    for (const std::int32_t dimension : *tensor.shape()) {
      if (dimension < 0) return "a tensor has a negative dimension";
      bytes *= static_cast<std::uint64_t>(dimension);
      if (bytes > kMaxTensorBytes) return "a tensor is too large";
    }
  }
  if (tensor.buffer() >= model.buffers()->size()) {
    return "a tensor refers to a buffer that is not there";
  }
  const tflite::Buffer* buffer = model.buffers()->Get(tensor.buffer());
  if (buffer->data() != nullptr && buffer->data()->size() != 0 && buffer->data()->size() != bytes) {
    return "a tensor's data does not have the size of its shape";
  }
  const tflite::QuantizationParameters* quantization = tensor.quantization();
  if (quantization != nullptr && quantization->scale() != nullptr &&
      quantization->scale()->size() > 0) {
    const std::size_t channels = quantization->scale()->size();
    if (quantization->zero_point() == nullptr || quantization->zero_point()->size() != channels) {
      return "a tensor has not as many zero points as scales";
    }
    for (const float scale : *quantization->scale()) {
      // Also refuses NaN. A float model's tensors may carry a scale of 0.
      if (!(scale >= 0.0f && scale < 1e30f)) {
        return "a tensor has a scale that is no positive number";
      }
    }
    if (channels > 1) {
      const std::int32_t dimension = quantization->quantized_dimension();
      if (tensor.shape() == nullptr || dimension < 0 ||
          static_cast<std::uint32_t>(dimension) >= tensor.shape()->size() ||
          static_cast<std::size_t>(tensor.shape()->Get(dimension)) != channels) {
        return "a tensor has not one scale for each channel";
      }
    }
  }
  return nullptr;
}

using Indices = flatbuffers::Vector<std::int32_t>;

bool InRange(const Indices& indices, std::uint32_t tensors, std::int32_t lowest) {
  for (const std::int32_t index : indices) {
    if (index < lowest || index >= static_cast<std::int32_t>(tensors)) {
      return false;
    }
  }
  return true;
}

const char* FindSubgraphFault(const tflite::SubGraph& subgraph, const tflite::Model& model) {
  if (subgraph.tensors() == nullptr || subgraph.operators() == nullptr ||
      subgraph.inputs() == nullptr || subgraph.outputs() == nullptr) {
    return "the subgraph lacks tensors, operators, inputs or outputs";
  }
  const std::uint32_t tensors = subgraph.tensors()->size();
  for (const tflite::Tensor* tensor : *subgraph.tensors()) {
    if (const char* fault = FindTensorFault(*tensor, model)) return fault;
  }
  constexpr std::int32_t kAbsent = -1;  // An optional input that is not there.
  if (!InRange(*subgraph.inputs(), tensors, 0) || !InRange(*subgraph.outputs(), tensors, 0)) {
    return "an input or output refers to a tensor that is not there";
  }
  for (const tflite::Operator* op : *subgraph.operators()) {
    if (op->opcode_index() >= model.operator_codes()->size()) {
      return "an operator refers to an operator code that is not there";
    }
    if (op->inputs() == nullptr || op->outputs() == nullptr ||
        !InRange(*op->inputs(), tensors, kAbsent) || !InRange(*op->outputs(), tensors, 0)) {
      return "an operator refers to a tensor that is not there";
    }
  }
  return nullptr;
}

}  // namespace

const char* FindModelFault(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return "it is empty";
  // The smallest flatbuffer: root offset, identifier, a table.
  if (size < 16) return "it is truncated";
  if (!tflite::ModelBufferHasIdentifier(data)) {
    return "it has no identifier 'TFL3'";
  }
  flatbuffers::Verifier verifier(data, size);
  if (!tflite::VerifyModelBuffer(verifier)) {
    return "its flatbuffer is truncated or damaged";
  }
  const tflite::Model& model = *tflite::GetModel(data);
  if (model.version() != TFLITE_SCHEMA_VERSION) {
    return "its schema version is not 3";
  }
  if (model.subgraphs() == nullptr || model.operator_codes() == nullptr ||
      model.buffers() == nullptr) {
    return "it lacks subgraphs, operator codes or buffers";
  }
  if (model.subgraphs()->size() != 1) return "it has not exactly one subgraph";
  return FindSubgraphFault(*model.subgraphs()->Get(0), model);
}

}  // namespace mnist_micro
