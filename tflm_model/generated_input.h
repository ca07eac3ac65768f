#ifndef TFLM_MODEL_GENERATED_INPUT_H_
#define TFLM_MODEL_GENERATED_INPUT_H_

#include <cstdint>

#include "tensorflow/lite/c/common.h"

// Host only.

namespace tflm_model {

// Fills an input with numbers that any model can be given, always the same ones for one seed: floats from
// -1 to 1, bools, bytes, and zeros for integers of 32 and 64 bits, which are indices, sizes and the like.
void FillWithGenerated(TfLiteTensor& tensor, std::uint32_t seed);

}  // namespace tflm_model

#endif  // TFLM_MODEL_GENERATED_INPUT_H_
