// SPDX-License-Identifier: Apache-2.0

#ifndef FIRMWARE_REPORT_COMPILED_LAYERS_H_
#define FIRMWARE_REPORT_COMPILED_LAYERS_H_

#include <cstdint>

#include "firmware/report/report.h"
#include "mnist_micro/inference/generated_input.h"
#include "mnist_micro/inference/status.h"

// What a report has of each layer, for models that are compiled to C with `profile`.

namespace mnist_micro::firmware {

// Keeps when each layer ended; it began when the one before ended.
class LayerProfile {
 public:
  // Is called before the first layer, and after each: see `profile` in the model's C header.
  void Begin() { Keep(nullptr); }
  static void OnLayer(void* self, std::int32_t layer, const char* kind) {
    (void)layer;
    static_cast<LayerProfile*>(self)->Keep(kind);
  }

  // Prints a line for each layer. False if there were more than can be kept.
  bool Print() const {
    if (size_ > kMost) return false;
    for (std::uint32_t i = 1; i < size_; ++i) {
      PrintOperator(ends_[i].kind, 0, ends_[i - 1].call, ends_[i].call,
                    ends_[i].ticks - ends_[i - 1].ticks);
    }
    return true;
  }

 private:
  static constexpr std::uint32_t kMost = 1024;
  struct End {
    const char* kind;
    std::uint32_t call, ticks;
  };

  void Keep(const char* kind) {
    const std::uint32_t i = size_++;
    if (i >= kMost) return;
    ends_[i].kind = kind;
    ends_[i].ticks = CountedTicks();
    ends_[i].call = TicksCalls();
  }

  End ends_[kMost];
  std::uint32_t size_ = 0;
};

// Runs the model once more, and prints a line for each layer: see Report(). Returns what is wrong, or nullptr.
template <typename Model>
const char* PrintCompiledLayers(Model& model, std::uint8_t integer) {
  using inference::Status;
  static LayerProfile profile;
  if (model.Create() != Status::kOk) return "Create() failed";
  model.state().profile = &LayerProfile::OnLayer;
  model.state().profile_context = &profile;
  inference::FillInputsWithGenerated(model, integer);
  profile.Begin();
  if (model.Invoke() != Status::kOk) return "Invoke() with a profile failed";
  if (!profile.Print()) {
    return "an inference has more than 1023 layers: a report can't list them (kMost)";
  }
  return nullptr;
}

}  // namespace mnist_micro::firmware

#endif  // FIRMWARE_REPORT_COMPILED_LAYERS_H_
