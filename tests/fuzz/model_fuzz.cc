// A hostile model: the linked TFLM tries it in a process of its own, and there is an answer.

#include <cstddef>
#include <cstdint>

#include "tensorflow/lite/c/common.h"
#include "tests/fuzz/fuzz_target.h"
#include "tflm_model/all_op_resolver.h"
#include "tflm_model/judge.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static tflm_model::AllOpResolver resolver;
  static const TfLiteStatus registered = tflm_model::RegisterAllOps(resolver);
  FUZZ_CHECK(registered == kTfLiteOk);
  tflm_model::TrialLimits limits;
  limits.seconds = 2;
  limits.arena_bytes = std::size_t{1} << 20;
  const tflm_model::Verdict verdict = tflm_model::TryModel(data, size, resolver, limits);
  FUZZ_CHECK(verdict.end != tflm_model::TrialEnd::kNotTried);
  FUZZ_CHECK(!tflm_model::VerdictJson(verdict).empty());
  return 0;
}
