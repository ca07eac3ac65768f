#ifndef MICRO_MODEL_VERIFIER_H_
#define MICRO_MODEL_VERIFIER_H_

#include <cstddef>
#include <cstdint>

namespace mnist_micro {

// Says whether `data` is a sound TensorFlow Lite model that TFLM may be given: TFLM follows every
// offset and index in it without asking, and its kernels trust types, shapes, options and scales.
// Models of CONV_2D, MAX_POOL_2D, RESHAPE, FULLY_CONNECTED and SOFTMAX in float32 or int8 can be found
// sound; others are refused. No heap, no recursion beyond the flatbuffer's own depth.
//
// data: 16-byte aligned, `size` bytes.
// Returns nullptr if it is sound, else what is wrong with it, in one line without a full stop.
const char* FindModelFault(const std::uint8_t* data, std::size_t size);

}  // namespace mnist_micro

#endif  // MICRO_MODEL_VERIFIER_H_
