#ifndef TFLM_MODEL_MODEL_VERIFIER_H_
#define TFLM_MODEL_MODEL_VERIFIER_H_

#include <cstddef>
#include <cstdint>

namespace tflm_model {

// Which operators a model may have.
enum class Scope : std::uint8_t {
  // CONV_2D, MAX_POOL_2D, RESHAPE, FULLY_CONNECTED and SOFTMAX in float32 or int8: what their kernels
  // rely on is known and checked, so that even a hostile model that is found sound does no harm.
  kKnownOperators,
  // Any, in one or several subgraphs. Those five in float32 and int8 are checked as above; of others, only
  // that the flatbuffer, its indices, tensors, scales and data flow are sound: their kernels may still
  // trust what nobody checked. Enough against damage in flash or on the way there, not against hostile
  // models.
  kAllOperators,
};

// Says whether `data` is a sound TensorFlow Lite model that TFLM may be given: TFLM follows every
// offset and index in it without asking, and its kernels trust types, shapes, options and scales.
// Models of more than one subgraph are refused in kKnownOperators; so are operators that leave out an
// input, unless it is one that TFLM's kernel does without (the bias, say) and the scope is
// kAllOperators. No heap, no recursion beyond the flatbuffer's own depth.
//
// data: 16-byte aligned, `size` bytes.
// scope: the generated classes ask for kAllOperators; for models of strangers take kKnownOperators, which
//   the fuzz target holds to its word.
// Returns nullptr if it is sound, else what is wrong with it, in one line without a full stop.
const char* FindModelFault(const std::uint8_t* data, std::size_t size,
                           Scope scope = Scope::kKnownOperators);

}  // namespace tflm_model

#endif  // TFLM_MODEL_MODEL_VERIFIER_H_
