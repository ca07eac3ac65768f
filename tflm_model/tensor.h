#ifndef TFLM_MODEL_TENSOR_H_
#define TFLM_MODEL_TENSOR_H_

#include "inference/tensor.h"

// The names that users of the classes knew before other engines than TFLM had them.

namespace tflm_model {

using inference::ArgMax;
using inference::Dequantize;
using inference::kIsFloat;
using inference::kIsQuantized;
using inference::Quantize;
using inference::TensorList;
using inference::TensorView;

}  // namespace tflm_model

#endif  // TFLM_MODEL_TENSOR_H_
