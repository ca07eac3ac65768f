// SPDX-License-Identifier: Apache-2.0

// Writes what TFLM makes of images: the scores of all, or each operator's output for one.
//
// usage: tflm_scores int8|float32 IMAGES scores OUTPUT
//        tflm_scores int8|float32 IMAGES layers OUTPUT INDEX
//
// Scores are raw bytes of the model's type, 10 an image. Layers are JSON, as //convert:scores writes
// them. Scores come from the models' classes, layers from a plain interpreter, which keeps all tensors.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "micro/classify.h"
#include "micro/mnist_float_model.h"
#include "micro/mnist_model.h"
#include "mnist_micro/inference/status.h"
#include "mnist_micro/inference/tensor.h"
#include "tensorflow/lite/micro/micro_interpreter.h"
#include "tensorflow/lite/micro/micro_profiler_interface.h"
#include "tensorflow/lite/schema/schema_generated.h"
#include "tensorflow/lite/schema/schema_utils.h"

namespace mnist_micro {
namespace {

constexpr std::size_t kIdxHeaderBytes = 16;

// Notes each operator's output as soon as the operator has run: later ones may reuse its memory.
class LayerRecorder : public tflite::MicroProfilerInterface {
 public:
  LayerRecorder(const tflite::Model& model, std::ofstream& out) : model_(model), out_(out) {}

  void Watch(tflite::MicroInterpreter* interpreter) { interpreter_ = interpreter; }

  std::uint32_t BeginEvent(const char*) override { return 0; }

  void EndEvent(std::uint32_t) override {
    const tflite::SubGraph& graph = *model_.subgraphs()->Get(0);
    if (interpreter_ == nullptr || next_ >= graph.operators()->size()) return;
    const tflite::Operator& op = *graph.operators()->Get(next_);
    const int index = op.outputs()->Get(0);
    const tflite::Tensor& tensor = *graph.tensors()->Get(index);
    std::size_t elements = 1;
    for (const std::int32_t dimension : *tensor.shape()) elements *= dimension;
    const tflite::BuiltinOperator code =
        tflite::GetBuiltinCode(model_.operator_codes()->Get(op.opcode_index()));
    out_ << (next_ == 0 ? "[" : ", ") << "{\"operator\": \""
         << tflite::EnumNameBuiltinOperator(code) << "\", \"tensor\": " << index
         << ", \"values\": [";
    const void* data = interpreter_->GetTensor(index)->data.data;
    for (std::size_t i = 0; i < elements; ++i) {
      out_ << (i == 0 ? "" : ", ");
      if (tensor.type() == tflite::TensorType_FLOAT32) {
        char text[32];
        std::snprintf(text, sizeof(text), "%.9g",
                      static_cast<double>(static_cast<const float*>(data)[i]));
        out_ << text;
      } else {
        out_ << static_cast<int>(static_cast<const std::int8_t*>(data)[i]);
      }
    }
    out_ << "]}";
    if (++next_ == graph.operators()->size()) out_ << "]\n";
  }

 private:
  const tflite::Model& model_;
  std::ofstream& out_;
  tflite::MicroInterpreter* interpreter_ = nullptr;
  std::uint32_t next_ = 0;
};

int Fail(const char* message) {
  std::fprintf(stderr, "tflm_scores: %s\n", message);
  return 2;
}

void Fill(const std::uint8_t* pixels, TfLiteTensor& input) {
  for (std::size_t i = 0; i < kImagePixels; ++i) {
    const float value = static_cast<float>(pixels[i]) / 255.0f;
    if (input.type == kTfLiteFloat32) {
      input.data.f[i] = value;
    } else {
      input.data.int8[i] =
          inference::Quantize<std::int8_t>(value, input.params.scale, input.params.zero_point);
    }
  }
}

template <typename Traits>
int WriteLayers(const std::uint8_t* pixels, std::ofstream& out) {
  const tflite::Model& model = *tflite::GetModel(Traits::kModel);
  alignas(16) static std::uint8_t arena[256 * 1024];
  typename Traits::OpResolver resolver;
  LayerRecorder recorder(model, out);
  if (Traits::RegisterOps(resolver) != kTfLiteOk) {
    return Fail("the operators could not be registered");
  }
  tflite::MicroInterpreter interpreter(&model, resolver, arena, sizeof(arena), nullptr, &recorder,
                                       /*preserve_all_tensors=*/true);
  if (interpreter.AllocateTensors() != kTfLiteOk) return Fail("the arena is too small");
  recorder.Watch(&interpreter);
  Fill(pixels, *interpreter.input(0));
  return interpreter.Invoke() == kTfLiteOk ? 0 : Fail("an operator failed");
}

template <typename ModelClass>
int WriteScores(const std::uint8_t* images, std::size_t count, std::ofstream& out) {
  static ModelClass model;
  inference::Status status = model.Create();
  for (std::size_t i = 0; i < count && status == inference::Status::kOk; ++i) {
    status = Classify(model, images + i * kImagePixels);
    const auto scores = model.output();
    out.write(reinterpret_cast<const char*>(scores.data()), scores.size() * sizeof(scores[0]));
  }
  return status == inference::Status::kOk ? 0 : Fail(inference::StatusMessage(status));
}

int Main(const std::vector<std::string>& arguments) {
  if (arguments.size() < 4) return Fail("too few arguments");
  const bool int8 = arguments[0] == "int8";
  const bool layers = arguments[2] == "layers";
  std::ifstream file(arguments[1], std::ios::binary);
  const std::vector<char> images{std::istreambuf_iterator<char>(file), {}};
  if (images.size() < kIdxHeaderBytes + kImagePixels) return Fail("no images");
  const std::size_t count = (images.size() - kIdxHeaderBytes) / kImagePixels;
  std::ofstream out(arguments[3], std::ios::binary);
  std::size_t index = 0;
  if (layers) {
    if (arguments.size() < 5) return Fail("which image?");
    index = std::strtoul(arguments[4].c_str(), nullptr, 10);
    if (index >= count) return Fail("no such image");
  }
  const auto* pixels = reinterpret_cast<const std::uint8_t*>(images.data()) + kIdxHeaderBytes;
  int status = 0;
  if (layers) {
    pixels += index * kImagePixels;
    status = int8 ? WriteLayers<MnistModelTraits>(pixels, out)
                  : WriteLayers<MnistFloatModelTraits>(pixels, out);
  } else {
    status = int8 ? WriteScores<MnistModel>(pixels, count, out)
                  : WriteScores<MnistFloatModel>(pixels, count, out);
  }
  out.close();
  return status == 0 && !out ? Fail("the output could not be written") : status;
}

}  // namespace
}  // namespace mnist_micro

int main(int argc, char** argv) {
  return mnist_micro::Main(std::vector<std::string>(argv + 1, argv + argc));
}
