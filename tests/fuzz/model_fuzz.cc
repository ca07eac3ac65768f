// SPDX-License-Identifier: Apache-2.0

// A hostile model: the linked TFLM tries it in a process of its own, and there is an answer.

#include <cstddef>
#include <cstdint>

#include "mnist_micro/tflm/host/all_op_resolver.h"
#include "mnist_micro/tflm/host/judge.h"
#include "tensorflow/lite/c/common.h"
#include "tests/fuzz/fuzz_target.h"

namespace tflm = mnist_micro::tflm;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static tflm::AllOpResolver resolver;
  static const TfLiteStatus registered = tflm::RegisterAllOps(resolver);
  FUZZ_CHECK(registered == kTfLiteOk);
  tflm::TrialLimits limits;
  limits.seconds = 2;
  limits.arena_bytes = std::size_t{1} << 20;
  const tflm::Verdict verdict = tflm::TryModel(data, size, resolver, limits);
  FUZZ_CHECK(verdict.end != tflm::TrialEnd::kNotTried);
  FUZZ_CHECK(!tflm::VerdictJson(verdict).empty());
  return 0;
}
