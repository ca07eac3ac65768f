#include "tflm_model/model_verifier.h"

#include <cstddef>
#include <cstdint>

#include "flatbuffers/flatbuffers.h"
#include "tensorflow/lite/c/common.h"
#include "tensorflow/lite/micro/micro_interpreter.h"
#include "tensorflow/lite/schema/schema_generated.h"
#include "tensorflow/lite/schema/schema_utils.h"

namespace tflm_model {
namespace {

// All limits lie far above what a microcontroller can do. They keep TFLM's sums and products from
// overflowing, and a small file from keeping it busy for hours.

// A flatbuffer may refer to the same table again and again.
constexpr flatbuffers::uoffset_t kMaxTableDepth = 64;
constexpr flatbuffers::uoffset_t kMaxTables = 20'000;
constexpr std::uint32_t kMaxOperators = 1'000;
// Of all tensors together.
constexpr std::uint64_t kMaxTensorBytes = 1u << 26;
// Of all operators together: 1,000 times as many as this project's model has.
constexpr std::uint64_t kMaxMultiplyAccumulates = 1u << 26;
constexpr std::uint32_t kMaxSubgraphs = 32;
// TFLM keeps the shapes of its kernels in place up to this size, and aborts at larger ones.
constexpr std::uint32_t kMaxDimensions = 5;
// Of a window: its sides, strides and dilations.
constexpr std::int64_t kMaxWindow = 1 << 16;
// Products of two scales must be floats, and 6 / scale an int32.
constexpr float kMaxScale = 1e15f;
constexpr float kMinActivationScale = 1e-8f;
// TFLM adds up exponentials of at most 1 with 12 bits before the point.
constexpr std::int32_t kMaxSoftmaxClasses = 4'000;
// The largest product of two int8 values less their zero points.
constexpr std::uint64_t kMaxProduct = 255 * 255;

using Indices = flatbuffers::Vector<std::int32_t>;

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

const char* FindQuantizationFault(const tflite::Tensor& tensor) {
  const tflite::QuantizationParameters* quantization = tensor.quantization();
  if (quantization == nullptr || quantization->scale() == nullptr ||
      quantization->scale()->size() == 0) {
    return nullptr;
  }
  const std::size_t channels = quantization->scale()->size();
  if (quantization->zero_point() == nullptr || quantization->zero_point()->size() != channels) {
    return "a tensor has not as many zero points as scales";
  }
  // Flatbuffers' verifier sees to the alignment of a vector's length only, which is 4 bytes.
  if (reinterpret_cast<std::uintptr_t>(quantization->zero_point()->Data()) % 8 != 0) {
    return "a tensor's zero points are not aligned";
  }
  for (const float scale : *quantization->scale()) {
    // Also refuses NaN. A float model's tensors may carry a scale of 0.
    if (!(scale >= 0.0f && scale < kMaxScale)) {
      return "a tensor has a scale that is no positive number";
    }
  }
  if (tensor.type() == tflite::TensorType_INT8) {
    for (const std::int64_t zero_point : *quantization->zero_point()) {
      if (zero_point < -128 || zero_point > 127) return "a tensor's zero point is no int8";
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
  return nullptr;
}

// Adds the tensor's size to `total_bytes`.
const char* FindTensorFault(const tflite::Tensor& tensor, const tflite::Model& model,
                            std::uint64_t& total_bytes) {
  const std::size_t element_size = ElementSize(tensor.type());
  if (element_size == 0) return "a tensor has an unsupported type";
  std::uint64_t bytes = element_size;
  if (tensor.shape() != nullptr) {
    if (tensor.shape()->size() > kMaxDimensions) return "a tensor has too many dimensions";
    for (const std::int32_t dimension : *tensor.shape()) {
      // TFLM would write a dimension in place of -1 or a lone 0: into the model, which may be in flash.
      if (dimension <= 0) return "a tensor has a dimension that is not positive";
      bytes *= static_cast<std::uint64_t>(dimension);
      if (bytes > kMaxTensorBytes) return "a tensor is too large";
    }
  }
  total_bytes += bytes;
  if (total_bytes > kMaxTensorBytes) return "the tensors are too large";
  if (tensor.buffer() >= model.buffers()->size()) {
    return "a tensor refers to a buffer that is not there";
  }
  const tflite::Buffer* buffer = model.buffers()->Get(tensor.buffer());
  if (buffer->data() != nullptr && buffer->data()->size() != 0 && buffer->data()->size() != bytes) {
    return "a tensor's data does not have the size of its shape";
  }
  return FindQuantizationFault(tensor);
}

// A tensor that was found sound, and its model.
class TensorView {
 public:
  TensorView(const tflite::Tensor& tensor, const tflite::Model& model)
      : tensor_(tensor), data_(model.buffers()->Get(tensor.buffer())->data()) {}

  tflite::TensorType type() const { return tensor_.type(); }
  bool is_constant() const { return data_ != nullptr && data_->size() != 0; }
  const std::uint8_t* data() const { return data_->data(); }
  std::uint32_t rank() const { return tensor_.shape() == nullptr ? 0 : tensor_.shape()->size(); }
  std::int64_t dim(std::uint32_t i) const { return tensor_.shape()->Get(i); }
  std::uint64_t elements() const {
    std::uint64_t count = 1;
    for (std::uint32_t i = 0; i < rank(); ++i) count *= static_cast<std::uint64_t>(dim(i));
    return count;
  }
  bool HasShapeOf(const TensorView& other) const {
    if (rank() != other.rank()) return false;
    for (std::uint32_t i = 0; i < rank(); ++i) {
      if (dim(i) != other.dim(i)) return false;
    }
    return true;
  }

  // How many scales there are; 0 for a tensor that is not quantized.
  std::uint32_t channels() const {
    return tensor_.quantization() == nullptr || tensor_.quantization()->scale() == nullptr
               ? 0
               : tensor_.quantization()->scale()->size();
  }
  float scale(std::uint32_t channel) const { return tensor_.quantization()->scale()->Get(channel); }

 private:
  const tflite::Tensor& tensor_;
  const flatbuffers::Vector<std::uint8_t>* data_;
};

// The operators that are known, in float32 and int8. Each kernel trusts what is checked here: TFLM built without
// its own assertions, and the one of 2020 also with them, would access memory beyond its tensors.
class OperatorVerifier {
 public:
  OperatorVerifier(const tflite::Operator& op, const tflite::SubGraph& subgraph,
                   const tflite::Model& model, Scope scope)
      : op_(op), subgraph_(subgraph), model_(model), scope_(scope) {}

  // Adds what the operator computes to `work`.
  const char* FindFault(std::uint64_t& work) const {
    if (scope_ == Scope::kAllOperators && op_.inputs()->size() > 0 && op_.outputs()->size() > 0 &&
        Input(0).type() != tflite::TensorType_FLOAT32 &&
        Input(0).type() != tflite::TensorType_INT8) {
      return nullptr;
    }
    switch (tflite::GetBuiltinCode(model_.operator_codes()->Get(op_.opcode_index()))) {
      case tflite::BuiltinOperator_CONV_2D:
        return FindConvFault(work);
      case tflite::BuiltinOperator_MAX_POOL_2D:
        return FindPoolFault(work);
      case tflite::BuiltinOperator_RESHAPE:
        return FindReshapeFault();
      case tflite::BuiltinOperator_FULLY_CONNECTED:
        return FindFullyConnectedFault(work);
      case tflite::BuiltinOperator_SOFTMAX:
        return FindSoftmaxFault();
      default:
        return scope_ == Scope::kAllOperators ? nullptr
                                              : "an operator is of a kind that can't be verified";
    }
  }

 private:
  static constexpr char kWrongCount[] = "an operator has a wrong number of inputs or outputs";
  static constexpr char kWrongType[] = "an operator's tensors are of types that don't go together";
  static constexpr char kWrongShape[] = "an operator's tensors have shapes that don't go together";
  static constexpr char kWrongScale[] = "an operator's scales are out of its range";
  static constexpr char kWrongOptions[] = "an operator's options are missing or out of range";

  TensorView Input(std::uint32_t i) const { return View(op_.inputs()->Get(i)); }
  TensorView Output() const { return View(op_.outputs()->Get(0)); }
  TensorView View(std::int32_t index) const {
    return TensorView(*subgraph_.tensors()->Get(static_cast<std::uint32_t>(index)), model_);
  }

  bool HasCounts(std::uint32_t least_inputs, std::uint32_t most_inputs) const {
    const std::uint32_t inputs = op_.inputs()->size();
    return inputs >= least_inputs && inputs <= most_inputs && op_.outputs()->size() == 1;
  }

  bool HasBias() const { return op_.inputs()->size() > 2 && op_.inputs()->Get(2) >= 0; }

  // All float32, or all int8, quantized and with an int32 bias.
  static bool TypesFit(const TensorView& input, const TensorView& output) {
    if (input.type() != output.type()) return false;
    if (input.type() == tflite::TensorType_FLOAT32) return true;
    return input.type() == tflite::TensorType_INT8 && input.channels() > 0 && output.channels() > 0;
  }
  bool WeightTypesFit() const {
    const TensorView weights = Input(1);
    if (!TypesFit(Input(0), Output()) || !TypesFit(Input(0), weights)) return false;
    if (!HasBias()) return true;
    return Input(2).type() == (weights.type() == tflite::TensorType_INT8
                                   ? tflite::TensorType_INT32
                                   : tflite::TensorType_FLOAT32);
  }

  // What clamping to an activation's range divides by.
  static bool ActivationScaleFits(const TensorView& output) {
    return output.type() != tflite::TensorType_INT8 || output.scale(0) >= kMinActivationScale;
  }

  // Constant weights and bias, one bias an output channel, and accumulators that fit in an int32 from
  // the first product to the result. accumulated: how many products there are for one output.
  const char* FindWeightsFault(std::uint64_t accumulated, std::uint64_t output_channels) const {
    const TensorView input = Input(0), weights = Input(1), output = Output();
    if (!weights.is_constant()) return "an operator's weights are not constant";
    std::uint64_t largest = accumulated * kMaxProduct;
    if (HasBias()) {
      const TensorView bias = Input(2);
      if (!bias.is_constant()) return "an operator's bias is not constant";
      if (bias.elements() != output_channels) return kWrongShape;
      if (bias.type() == tflite::TensorType_INT32) largest += LargestMagnitude(bias);
    }
    if (input.type() != tflite::TensorType_INT8) return nullptr;
    constexpr std::uint64_t kLimit = 1u << 31;
    if (largest >= kLimit) return "an operator's sums overflow";
    if (!ActivationScaleFits(output)) return kWrongScale;
    for (std::uint32_t i = 0; i < weights.channels(); ++i) {
      // TFLM shifts by the power of two above it, and only then multiplies by what remains.
      const double multiplier = static_cast<double>(input.scale(0)) *
                                static_cast<double>(weights.scale(i)) /
                                static_cast<double>(output.scale(0));
      if (multiplier >= 0.5 && multiplier * 2.0 * static_cast<double>(largest) >= kLimit) {
        return kWrongScale;
      }
    }
    return nullptr;
  }

  static std::uint64_t LargestMagnitude(const TensorView& int32_constant) {
    std::uint64_t largest = 0;
    for (std::uint64_t i = 0; i < int32_constant.elements(); ++i) {
      const std::int64_t value =
          flatbuffers::ReadScalar<std::int32_t>(int32_constant.data() + i * sizeof(std::int32_t));
      const auto magnitude = static_cast<std::uint64_t>(value < 0 ? -value : value);
      if (magnitude > largest) largest = magnitude;
    }
    return largest;
  }

  // One direction of a window that slides over an image.
  static bool WindowFits(std::int64_t image, std::int64_t output, std::int64_t window,
                         std::int64_t stride, std::int64_t dilation, tflite::Padding padding) {
    if (window < 1 || window > kMaxWindow || stride < 1 || stride > kMaxWindow || dilation < 1 ||
        dilation > kMaxWindow || image > kMaxWindow) {
      return false;
    }
    const std::int64_t extent = (window - 1) * dilation + 1;
    if (extent > kMaxWindow) return false;
    return output == (padding == tflite::Padding_SAME ? (image + stride - 1) / stride
                                                      : (image + stride - extent) / stride);
  }

  static bool IsPadding(tflite::Padding padding) {
    return padding == tflite::Padding_SAME || padding == tflite::Padding_VALID;
  }

  const char* FindConvFault(std::uint64_t& work) const {
    if (!HasCounts(2, 3)) return kWrongCount;
    const tflite::Conv2DOptions* options = op_.builtin_options_as_Conv2DOptions();
    if (options == nullptr || !IsPadding(options->padding())) return kWrongOptions;
    const TensorView input = Input(0), filter = Input(1), output = Output();
    if (!WeightTypesFit()) return kWrongType;
    if (input.rank() != 4 || filter.rank() != 4 || output.rank() != 4 ||
        input.dim(0) != output.dim(0) || input.dim(3) != filter.dim(3) ||
        filter.dim(0) != output.dim(3)) {
      return kWrongShape;
    }
    if (!WindowFits(input.dim(1), output.dim(1), filter.dim(1), options->stride_h(),
                    options->dilation_h_factor(), options->padding()) ||
        !WindowFits(input.dim(2), output.dim(2), filter.dim(2), options->stride_w(),
                    options->dilation_w_factor(), options->padding())) {
      return kWrongOptions;
    }
    if (filter.channels() > 1 && filter.channels() != filter.dim(0)) return kWrongScale;
    const std::uint64_t accumulated = filter.elements() / static_cast<std::uint64_t>(filter.dim(0));
    work += output.elements() * accumulated;
    return FindWeightsFault(accumulated, static_cast<std::uint64_t>(filter.dim(0)));
  }

  const char* FindPoolFault(std::uint64_t& work) const {
    if (!HasCounts(1, 1)) return kWrongCount;
    const tflite::Pool2DOptions* options = op_.builtin_options_as_Pool2DOptions();
    if (options == nullptr || !IsPadding(options->padding())) return kWrongOptions;
    const TensorView input = Input(0), output = Output();
    if (!TypesFit(input, output)) return kWrongType;
    if (input.rank() != 4 || output.rank() != 4 || input.dim(0) != output.dim(0) ||
        input.dim(3) != output.dim(3)) {
      return kWrongShape;
    }
    if (!WindowFits(input.dim(1), output.dim(1), options->filter_height(), options->stride_h(), 1,
                    options->padding()) ||
        !WindowFits(input.dim(2), output.dim(2), options->filter_width(), options->stride_w(), 1,
                    options->padding())) {
      return kWrongOptions;
    }
    if (!ActivationScaleFits(output)) return kWrongScale;
    // At most 2^26 * 2^16 * 2^16.
    work += output.elements() * static_cast<std::uint64_t>(options->filter_height()) *
            static_cast<std::uint64_t>(options->filter_width());
    return nullptr;
  }

  const char* FindReshapeFault() const {
    // The second input, the new shape, is not read: the output has it.
    if (!HasCounts(1, 2)) return kWrongCount;
    if (Input(0).type() != Output().type()) return kWrongType;
    return Input(0).elements() == Output().elements() ? nullptr : kWrongShape;
  }

  const char* FindFullyConnectedFault(std::uint64_t& work) const {
    if (!HasCounts(2, 3)) return kWrongCount;
    const tflite::FullyConnectedOptions* options = op_.builtin_options_as_FullyConnectedOptions();
    if (options == nullptr ||
        options->weights_format() != tflite::FullyConnectedOptionsWeightsFormat_DEFAULT) {
      return kWrongOptions;
    }
    const TensorView input = Input(0), weights = Input(1), output = Output();
    if (!WeightTypesFit()) return kWrongType;
    if (weights.rank() != 2 || output.rank() != 2 || output.dim(1) != weights.dim(0) ||
        input.elements() != static_cast<std::uint64_t>(output.dim(0) * weights.dim(1))) {
      return kWrongShape;
    }
    work += output.elements() * static_cast<std::uint64_t>(weights.dim(1));
    return FindWeightsFault(static_cast<std::uint64_t>(weights.dim(1)),
                            static_cast<std::uint64_t>(weights.dim(0)));
  }

  const char* FindSoftmaxFault() const {
    if (!HasCounts(1, 1)) return kWrongCount;
    const tflite::SoftmaxOptions* options = op_.builtin_options_as_SoftmaxOptions();
    if (options == nullptr) return kWrongOptions;
    const TensorView input = Input(0), output = Output();
    if (!TypesFit(input, output)) return kWrongType;
    if (input.rank() < 1 || !input.HasShapeOf(output)) return kWrongShape;
    if (input.dim(input.rank() - 1) > kMaxSoftmaxClasses) return kWrongShape;
    if (input.type() == tflite::TensorType_INT8) {
      // TFLM aborts unless this is above 2^-26, and caps it at 2^5. Also refuses NaN.
      const double scale =
          static_cast<double>(options->beta()) * static_cast<double>(input.scale(0));
      if (!(scale > 1e-7 && scale < 16.0)) return kWrongScale;
    }
    return nullptr;
  }

  const tflite::Operator& op_;
  const tflite::SubGraph& subgraph_;
  const tflite::Model& model_;
  const Scope scope_;
};

bool InRange(const Indices& indices, std::uint32_t tensors) {
  for (const std::int32_t index : indices) {
    if (index < 0 || index >= static_cast<std::int32_t>(tensors)) return false;
  }
  return true;
}

// Whether TFLM's kernel does without an input, for which a model then has -1. Others would look for it
// before the first tensor.
bool IsOptional(tflite::BuiltinOperator code, std::uint32_t input) {
  switch (code) {
    case tflite::BuiltinOperator_CONV_2D:
    case tflite::BuiltinOperator_FULLY_CONNECTED:
      return input == 2;  // The bias.
    case tflite::BuiltinOperator_SVDF:
      return input == 3;  // The bias.
    case tflite::BuiltinOperator_UNIDIRECTIONAL_SEQUENCE_LSTM:
      return input > 0;  // Projection, peepholes, normalization: the kernel checks which.
    default:
      return false;
  }
}

const char* FindInputsFault(const tflite::Operator& op, std::uint32_t tensors,
                            const tflite::Model& model, Scope scope) {
  const tflite::BuiltinOperator code =
      tflite::GetBuiltinCode(model.operator_codes()->Get(op.opcode_index()));
  for (std::uint32_t i = 0; i < op.inputs()->size(); ++i) {
    const std::int32_t index = op.inputs()->Get(i);
    if (index == kTfLiteOptionalTensor && scope == Scope::kAllOperators) {
      if (!IsOptional(code, i)) return "an operator lacks an input that its kernel needs";
    } else if (index < 0 || index >= static_cast<std::int32_t>(tensors)) {
      return "an operator refers to a tensor that is not there";
    }
  }
  return nullptr;
}

bool Contains(const Indices& indices, std::int32_t index) {
  for (const std::int32_t other : indices) {
    if (other == index) return true;
  }
  return false;
}

// TFLM gives no memory to a tensor that nothing writes, and what is constant may lie in flash.
const char* FindDataFlowFault(const tflite::SubGraph& subgraph, const tflite::Model& model,
                              Scope scope) {
  const auto tensor = [&](std::int32_t index) -> const tflite::Tensor& {
    return *subgraph.tensors()->Get(static_cast<std::uint32_t>(index));
  };
  const auto is_constant = [&](std::int32_t index) {
    return TensorView(tensor(index), model).is_constant();
  };
  // TFLM itself gives memory to variables, and keeps it.
  const auto is_variable = [&](std::int32_t index) {
    return scope == Scope::kAllOperators && tensor(index).is_variable();
  };
  const auto is_written_before = [&](std::uint32_t end, std::int32_t index) {
    for (std::uint32_t i = 0; i < end; ++i) {
      if (Contains(*subgraph.operators()->Get(i)->outputs(), index)) return true;
    }
    return Contains(*subgraph.inputs(), index);
  };
  for (const std::int32_t index : *subgraph.inputs()) {
    if (is_constant(index)) return "an input of the model is constant";
  }
  for (std::uint32_t i = 0; i < subgraph.operators()->size(); ++i) {
    const tflite::Operator& op = *subgraph.operators()->Get(i);
    for (const std::int32_t index : *op.inputs()) {
      if (index == kTfLiteOptionalTensor) continue;
      if (!is_constant(index) && !is_variable(index) && !is_written_before(i, index)) {
        return "an operator reads a tensor that nothing wrote before";
      }
    }
    for (const std::int32_t written : *op.outputs()) {
      if (is_constant(written)) return "an operator writes a constant tensor";
      if (is_written_before(i, written)) return "a tensor is written twice";
    }
  }
  for (const std::int32_t index : *subgraph.outputs()) {
    if (!is_constant(index) && !is_written_before(subgraph.operators()->size(), index)) {
      return "an output of the model is written by no operator";
    }
  }
  return nullptr;
}

// Adds the tensors' sizes to `total_bytes`.
const char* FindSubgraphFault(const tflite::SubGraph& subgraph, const tflite::Model& model,
                              Scope scope, std::uint64_t& total_bytes) {
  if (subgraph.tensors() == nullptr || subgraph.operators() == nullptr ||
      subgraph.inputs() == nullptr || subgraph.outputs() == nullptr) {
    return "the subgraph lacks tensors, operators, inputs or outputs";
  }
  const std::uint32_t tensors = subgraph.tensors()->size();
  for (const tflite::Tensor* tensor : *subgraph.tensors()) {
    if (const char* fault = FindTensorFault(*tensor, model, total_bytes)) return fault;
  }
  if (!InRange(*subgraph.inputs(), tensors) || !InRange(*subgraph.outputs(), tensors)) {
    return "an input or output refers to a tensor that is not there";
  }
  if (subgraph.operators()->size() > kMaxOperators) return "it has too many operators";
  std::uint64_t work = 0;
  for (const tflite::Operator* op : *subgraph.operators()) {
    if (op->opcode_index() >= model.operator_codes()->size()) {
      return "an operator refers to an operator code that is not there";
    }
    if (op->inputs() == nullptr || op->outputs() == nullptr || !InRange(*op->outputs(), tensors)) {
      return "an operator refers to a tensor that is not there";
    }
    if (const char* fault = FindInputsFault(*op, tensors, model, scope)) return fault;
    const OperatorVerifier verifier(*op, subgraph, model, scope);
    if (const char* fault = verifier.FindFault(work)) return fault;
    if (scope == Scope::kKnownOperators && work > kMaxMultiplyAccumulates) {
      return "the operators take too long";
    }
  }
  return FindDataFlowFault(subgraph, model, scope);
}

// The subgraphs that an operator runs, at most two.
struct Callees {
  std::int32_t indices[2];
  int count;
};

Callees CalleesOf(const tflite::Operator& op) {
  if (const auto* options = op.builtin_options_as_IfOptions()) {
    return {{options->then_subgraph_index(), options->else_subgraph_index()}, 2};
  }
  if (const auto* options = op.builtin_options_as_WhileOptions()) {
    return {{options->cond_subgraph_index(), options->body_subgraph_index()}, 2};
  }
  return {{}, 0};
}

// TFLM's control flow looks at no lower bound of these indices, and follows them round in circles.
// Every subgraph was found sound.
const char* FindCallFault(const tflite::Model& model) {
  const std::uint32_t subgraphs = model.subgraphs()->size();
  // How deep each is called; deeper than there are subgraphs only if one of them runs itself.
  std::uint32_t depths[kMaxSubgraphs] = {};
  for (bool deeper = true; deeper;) {
    deeper = false;
    for (std::uint32_t i = 0; i < subgraphs; ++i) {
      for (const tflite::Operator* op : *model.subgraphs()->Get(i)->operators()) {
        const Callees callees = CalleesOf(*op);
        for (int k = 0; k < callees.count; ++k) {
          const std::int32_t callee = callees.indices[k];
          if (callee < 0 || callee >= static_cast<std::int32_t>(subgraphs)) {
            return "an operator runs a subgraph that is not there";
          }
          if (depths[callee] > depths[i]) continue;
          depths[callee] = depths[i] + 1;
          if (depths[callee] >= subgraphs) return "a subgraph runs itself";
          deeper = true;
        }
      }
    }
  }
  return nullptr;
}

}  // namespace

const char* FindModelFault(const std::uint8_t* data, std::size_t size, Scope scope) {
  if (size == 0) return "it is empty";
  // The smallest flatbuffer: root offset, identifier, a table.
  if (size < 16) return "it is truncated";
  if (!tflite::ModelBufferHasIdentifier(data)) {
    return "it has no identifier 'TFL3'";
  }
  flatbuffers::Verifier verifier(data, size, kMaxTableDepth, kMaxTables);
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
  const std::uint32_t subgraphs = model.subgraphs()->size();
  if (subgraphs == 0) return "it has no subgraph";
  if (subgraphs > (scope == Scope::kAllOperators ? kMaxSubgraphs : 1)) {
    return "it has too many subgraphs";
  }
  std::uint64_t total_bytes = 0;
  for (const tflite::SubGraph* subgraph : *model.subgraphs()) {
    if (const char* fault = FindSubgraphFault(*subgraph, model, scope, total_bytes)) return fault;
  }
  return FindCallFault(model);
}

}  // namespace tflm_model
