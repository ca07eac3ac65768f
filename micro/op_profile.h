// SPDX-License-Identifier: Apache-2.0

#ifndef MICRO_OP_PROFILE_H_
#define MICRO_OP_PROFILE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "tensorflow/lite/micro/micro_profiler_interface.h"
#include "tensorflow/lite/schema/schema_generated.h"

// Where the time of the linked model goes, operator by operator. Host only.

namespace mnist_micro {

// Ticks of OpTimer's clock: nanoseconds.
inline constexpr std::int64_t kTicksPerSecond = 1'000'000'000;

// Times the operators of one model, in the order in which TFLM runs them.
class OpTimer : public tflite::MicroProfilerInterface {
 public:
  // Call before each Invoke(): the next event is that of the first operator.
  void StartRun();

  std::uint32_t BeginEvent(const char* tag) override;
  void EndEvent(std::uint32_t event) override;

  struct Event {
    std::string name;                 // The operator's, as TFLM calls it.
    std::vector<std::int64_t> ticks;  // One number a run.
  };
  const std::vector<Event>& events() const { return events_; }

 private:
  std::vector<Event> events_;
  std::vector<std::int64_t> begun_;
  std::size_t next_ = 0;
};

// The multiply-accumulates of an operator of the model's first subgraph, from its tensors' shapes: 0
// for operators that do almost none, -1 if the shapes don't say. The model must be sound.
std::int64_t MultiplyAccumulates(const tflite::Model& model, std::size_t operator_index);

struct OpProfile {
  std::string name;
  std::int64_t ticks = 0;  // Of one inference, the median of all.
  double share = 0.0;      // Of the sum of all operators' ticks.
  std::int64_t multiply_accumulates = 0;
};

// Runs the linked model on the sample image so many times, after some to warm up. Returns an empty
// string, or what went wrong.
std::string ProfileOps(int iterations, std::vector<OpProfile>& profiles);

}  // namespace mnist_micro

#endif  // MICRO_OP_PROFILE_H_
