// SPDX-License-Identifier: Apache-2.0

#include "firmware/report/tflm_operators.h"

#include <cstdint>

#include "firmware/report/report.h"

namespace mnist_micro::firmware {

std::uint32_t ReportProfiler::BeginEvent(const char* tag) {
  const std::uint32_t event = size_++;
  const std::uint8_t depth = depth_++;
  if (event >= kMostEvents) return event;
  events_[event] = {tag, TicksCalls() + 1, 0, 0, depth};
  events_[event].ticks = CountedTicks();
  return event;
}

void ReportProfiler::EndEvent(std::uint32_t event) {
  const std::uint32_t now = CountedTicks();
  --depth_;
  if (event >= kMostEvents) return;
  events_[event].ticks = now - events_[event].ticks;
  events_[event].to = TicksCalls();
}

bool ReportProfiler::Print() const {
  if (size_ > kMostEvents) return false;
  for (std::uint32_t i = 0; i < size_; ++i) {
    const Event& event = events_[i];
    PrintOperator(event.tag, event.depth, event.from, event.to, event.ticks);
  }
  return true;
}

}  // namespace mnist_micro::firmware
