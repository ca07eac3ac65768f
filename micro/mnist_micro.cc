// The host program: classifies images of digits as the chip would, and prints what the chip would.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "micro/classify.h"
#include "micro/host_files.h"
#include "micro/image.h"
#include "micro/image_reader.h"
#include "micro/mnist_model.h"
#include "micro/mnist_model_data.h"
#include "micro/sample_image_data.h"
#include "micro/version.h"
#include "mnist_micro/tflm_source.h"
#include "tensorflow/lite/c/common.h"
#include "tensorflow/lite/schema/schema_generated.h"
#include "tensorflow/lite/schema/schema_utils.h"
#include "tflm_model/model_runner.h"

namespace {

using mnist_micro::Image;
using mnist_micro::MnistModel;
using tflm_model::Status;
using Input = MnistModel::Input<0>;
using Output = MnistModel::Output<0>;

constexpr int kExitOk = 0;
constexpr int kExitFailure = 1;
constexpr int kExitBadInput = 2;

constexpr char kHelp[] =
    R"(mnist_micro: classifies handwritten digits with the int8 model and TensorFlow Lite Micro.

usage: mnist_micro [--json] [FILE.pgm ...]
       mnist_micro [--json] --image_index N --images FILE
       mnist_micro --version | --help

Without images it classifies a built-in one, a 1 of the MNIST test set.

  FILE.pgm         binary PGM images, 28x28 pixels of 8 bits, white digit on black
  --images FILE    an idx file of images, not gzipped
  --image_index N  which of them, counted from 0
  --json           one JSON object a line and image: image, predicted_class,
                   scores (the ten int8 outputs), probabilities
  --version        the project's version, and the TFLM that it is linked with
  --help           this text

An image whose background isn't black gets a warning on stderr.

Exit code: 0; 2 for bad usage, bad input or output that can't be written; 1 if the inference fails.
)";

struct NamedImage {
  std::string name;
  Image pixels;
};

struct Options {
  bool json = false;
  bool help = false;
  bool version = false;
  std::string images;
  std::string image_index;
  bool has_images = false;
  bool has_image_index = false;
  std::vector<std::string> pgm_files;
};

int BadInput(const std::string& message) {
  std::fprintf(stderr, "mnist_micro: %s\n", message.c_str());
  return kExitBadInput;
}

// Returns an empty string, or what is wrong with the arguments.
std::string ParseArguments(const std::vector<std::string>& arguments, Options& options) {
  bool flags_ended = false;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (flags_ended || argument.size() < 2 || argument[0] != '-') {
      options.pgm_files.push_back(argument);
      continue;
    }
    if (argument == "--") {
      flags_ended = true;
      continue;
    }
    const std::size_t equals = argument.find('=');
    const std::string flag = argument.substr(0, equals);
    if (flag == "--images" || flag == "--image_index") {
      const bool is_images = flag == "--images";
      (is_images ? options.has_images : options.has_image_index) = true;
      std::string& value = is_images ? options.images : options.image_index;
      if (equals != std::string::npos) {
        value = argument.substr(equals + 1);
      } else if (i + 1 < arguments.size()) {
        value = arguments[++i];
      } else {
        return flag + " wants a value (--help tells more)";
      }
    } else if (argument == "--json") {
      options.json = true;
    } else if (argument == "--help" || argument == "-h") {
      options.help = true;
    } else if (argument == "--version") {
      options.version = true;
    } else {
      return "unknown flag " + argument + " (--help lists the flags)";
    }
  }
  if (options.has_images != options.has_image_index) {
    return "--images and --image_index go together (--help tells more)";
  }
  if (options.has_images && !options.pgm_files.empty()) {
    return "either PGM files or --images, not both (--help tells more)";
  }
  return "";
}

// Returns whether `text` is a number that fits.
bool ParseIndex(const std::string& text, std::uint64_t& index) {
  if (text.empty() || text.size() > 18 ||
      text.find_first_not_of("0123456789") != std::string::npos) {
    return false;
  }
  index = std::strtoull(text.c_str(), nullptr, 10);
  return true;
}

// Reads all images before anything is printed. Returns an empty string, or what is wrong.
std::string ReadImages(const Options& options, std::vector<NamedImage>& images) {
  if (options.has_images) {
    std::uint64_t index = 0;
    if (!ParseIndex(options.image_index, index)) {
      return "--image_index " + options.image_index + ": must be a whole number, 0 or more";
    }
    images.push_back({options.images + "[" + options.image_index + "]", {}});
    return mnist_micro::ReadIdxImage(mnist_micro::UserPath(options.images), index,
                                     images.back().pixels);
  }
  for (const std::string& file : options.pgm_files) {
    images.push_back({file, {}});
    const std::string fault =
        mnist_micro::ReadPgm(mnist_micro::UserPath(file), images.back().pixels);
    if (!fault.empty()) return fault;
  }
  if (options.pgm_files.empty()) {
    images.push_back({"built-in", {}});
    std::memcpy(images.back().pixels.data(), mnist_micro::kSampleImage,
                mnist_micro::kSampleImageSize);
  }
  return "";
}

// The bytes of the UTF-8 character at the front of `text`, or 0 if there is none.
std::size_t Utf8Length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  if (byte(0) < 0x80) return 1;
  const std::size_t length = byte(0) >= 0xf0 ? 4 : byte(0) >= 0xe0 ? 3 : 2;
  if (byte(0) < 0xc2 || byte(0) > 0xf4 || length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  // Overlong, surrogates, and above U+10FFFF.
  if ((byte(0) == 0xe0 && byte(1) < 0xa0) || (byte(0) == 0xed && byte(1) >= 0xa0) ||
      (byte(0) == 0xf0 && byte(1) < 0x90) || (byte(0) == 0xf4 && byte(1) >= 0x90)) {
    return 0;
  }
  return length;
}

// JSON is UTF-8: of another byte it has U+DC00 plus the byte, which Python's os.fsencode() takes back.
std::string JsonString(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    const std::size_t length = Utf8Length(text);
    const auto byte = static_cast<unsigned char>(text.front());
    if (length == 0 || byte < 0x20) {
      char escaped[8];
      std::snprintf(escaped, sizeof(escaped), "\\u%04x", length == 0 ? 0xdc00 + byte : byte);
      out += escaped;
    } else {
      if (byte == '"' || byte == '\\') out += '\\';
      out += text.substr(0, length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return out + '"';
}

// The model was verified before.
void PrintModel(const tflite::Model& model) {
  std::printf("ENUM CHECK: kTfLiteInt8=%d, schema INT8=%d, schema FLOAT32=%d\n",
              static_cast<int>(kTfLiteInt8), static_cast<int>(tflite::TensorType_INT8),
              static_cast<int>(tflite::TensorType_FLOAT32));
  std::printf("Model buffer length: %zu bytes\n", mnist_micro::kMnistModelSize);
  const tflite::SubGraph& subgraph = *model.subgraphs()->Get(0);
  const int input = subgraph.inputs()->Get(0);
  std::printf("Flatbuffer input tensor index=%d, type=%d\n", input,
              static_cast<int>(subgraph.tensors()->Get(input)->type()));
  std::printf("Operators in model (builtin codes):\n");
  int i = 0;
  for (const tflite::Operator* op : *subgraph.operators()) {
    const tflite::OperatorCode* code = model.operator_codes()->Get(op->opcode_index());
    std::printf("  #%d : builtin_code=%d\n", i++, static_cast<int>(tflite::GetBuiltinCode(code)));
  }
}

template <typename Tensor>
constexpr std::size_t BytesOf() {
  return Tensor::kSize * sizeof(typename Tensor::Type);
}

// Create() has seen to it that the tensors are what the class says.
void PrintMemory(const MnistModel& model) {
  std::printf("Tensor arena used: %zu bytes (arena size: %zu bytes)\n", model.arena_used_bytes(),
              MnistModel::kArenaSize);
  std::printf("Input (runtime): type=%d, bytes=%zu, scale=%.6f, zero_point=%d\n",
              static_cast<int>(tflm_model::TypeOf<Input::Type>()), BytesOf<Input>(),
              static_cast<double>(Input::kScale), static_cast<int>(Input::kZeroPoint));
}

void PrintPrediction(const MnistModel& model) {
  std::printf("Wrote INT8 input using scale=%.6f, zero_point=%d\n",
              static_cast<double>(Input::kScale), static_cast<int>(Input::kZeroPoint));
  std::printf("Invoke successful!\nOutput Tensor:\n");
  std::printf("  type=%d, bytes=%zu\n", static_cast<int>(tflm_model::TypeOf<Output::Type>()),
              BytesOf<Output>());
  std::printf("  dims(size=%d): [", Output::kRank);
  for (int i = 0; i < 4; ++i) {
    std::printf("%s%d", i == 0 ? "" : ", ",
                i < Output::kRank ? static_cast<int>(Output::kShape[i]) : -1);
  }
  std::printf("]\n  scale=%.6f, zero_point=%d\n", static_cast<double>(Output::kScale),
              static_cast<int>(Output::kZeroPoint));
  std::printf("Output heuristic: %zux INT8/UINT8 bytes\n", BytesOf<Output>());
  std::printf("Predicted class = %zu\n", model.ArgMax());
}

void PrintJson(const std::string& name, const MnistModel& model) {
  std::printf("{\"image\": %s, \"predicted_class\": %zu, \"scores\": [", JsonString(name).c_str(),
              model.ArgMax());
  const auto scores = model.output();
  for (std::size_t i = 0; i < scores.size(); ++i) {
    std::printf("%s%d", i == 0 ? "" : ", ", static_cast<int>(scores[i]));
  }
  std::printf("], \"probabilities\": [");
  for (std::size_t i = 0; i < scores.size(); ++i) {
    std::printf("%s%.8g", i == 0 ? "" : ", ", static_cast<double>(scores.Get(i)));
  }
  std::printf("]}\n");
}

int Run(const Options& options, const std::vector<NamedImage>& images) {
  static MnistModel model;
  Status status = model.Create();
  if (status != Status::kOk) {
    std::fprintf(stderr, "mnist_micro: the built-in model: %s\n",
                 tflm_model::StatusMessage(status));
    return kExitFailure;
  }
  if (!options.json) {
    PrintModel(*tflite::GetModel(mnist_micro::kMnistModel));
    PrintMemory(model);
  }
  for (const NamedImage& image : images) {
    const std::string doubt = mnist_micro::FindBrightBackground(image.pixels);
    if (!doubt.empty()) {
      std::fprintf(stderr, "mnist_micro: warning: %s: %s\n", image.name.c_str(), doubt.c_str());
    }
    status = mnist_micro::Classify(model, image.pixels.data());
    if (status != Status::kOk) {
      std::fprintf(stderr, "mnist_micro: %s: %s\n", image.name.c_str(),
                   tflm_model::StatusMessage(status));
      return kExitFailure;
    }
    if (options.json) {
      PrintJson(image.name, model);
    } else {
      if (images.size() > 1) std::printf("Image: %s\n", image.name.c_str());
      PrintPrediction(model);
    }
  }
  return kExitOk;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  const std::string fault =
      ParseArguments(std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc), options);
  if (!fault.empty()) return BadInput(fault);

  int exit_code = kExitOk;
  if (options.help) {
    std::fputs(kHelp, stdout);
  } else if (options.version) {
    std::printf("mnist_micro %s\nTensorFlow Lite Micro: %s, %s\n", MNIST_MICRO_VERSION, TFLM_SOURCE,
                TFLM_COMMIT);
  } else {
    std::vector<NamedImage> images;
    const std::string image_fault = ReadImages(options, images);
    if (!image_fault.empty()) return BadInput(image_fault);
    exit_code = Run(options, images);
  }
  const std::string stdout_fault = mnist_micro::FlushStdout();
  if (!stdout_fault.empty()) return BadInput(stdout_fault);
  return exit_code;
}
