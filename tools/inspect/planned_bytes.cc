// Prints how many bytes TFLM itself plans for the activations of models: what inspect must say too.
//
// usage: planned_bytes MODEL...; exit code 1 if one can't be read or planned.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <ios>
#include <vector>

#include "tensorflow/lite/c/common.h"
#include "tensorflow/lite/micro/recording_micro_interpreter.h"
#include "tensorflow/lite/schema/schema_generated.h"
#include "tools/inspect/example_models_op_resolver.h"

namespace {

constexpr std::size_t kAlignment = 16;
constexpr std::size_t kArenaSize = 1024 * 1024;

// The contents, aligned, as the tables of a model must be.
std::vector<std::uint64_t> ReadFile(const char* path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  const std::streamoff size = file ? static_cast<std::streamoff>(file.tellg()) : -1;
  if (size <= 0) return {};
  std::vector<std::uint64_t> contents((static_cast<std::size_t>(size) + 7) / 8);
  file.seekg(0);
  file.read(reinterpret_cast<char*>(contents.data()), size);
  return file ? contents : std::vector<std::uint64_t>();
}

bool PrintPlannedBytes(const char* path) {
  alignas(kAlignment) static std::uint8_t arena[kArenaSize];
  const std::vector<std::uint64_t> contents = ReadFile(path);
  if (contents.empty()) return false;
  inspected::ExampleModelsOpResolver resolver;
  if (inspected::RegisterExampleModelsOps(resolver) != kTfLiteOk) return false;
  tflite::RecordingMicroInterpreter interpreter(tflite::GetModel(contents.data()), resolver, arena,
                                                kArenaSize);
  if (interpreter.AllocateTensors() != kTfLiteOk) return false;
  const std::size_t bytes =
      interpreter.GetMicroAllocator().GetSimpleMemoryAllocator()->GetNonPersistentUsedBytes();
  return std::printf("%zu %s\n", bytes, path) > 0;
}

}  // namespace

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    if (!PrintPlannedBytes(argv[i])) {
      std::fprintf(stderr, "planned_bytes: %s: cannot be planned\n", argv[i]);
      return 1;
    }
  }
  return 0;
}
