// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_DENSE_INT8_H_
#define AOT_RUNTIME_DENSE_INT8_H_

#include <stdint.h>

#include "aot/runtime/not_inlined.h"

// What dot products have in common. The weights of four outputs are interleaved; the outputs that are left come one
// after the other. The input's zero point is in the bias.
struct dense_int8 {
  int32_t outputs;
  // See scale_int8.
  int32_t rounding;
  const int8_t* weights;
  const int32_t* bias;
  const int32_t* multipliers;
  const int8_t* shifts;
  // From the factors of four outputs to those of the next four: 0 if all are the same.
  int32_t next_factors;
};

// The inputs of a dot product: `runs` times `run` of them, `pitch` from the end of a run to the next one.
struct window_int8 {
  int32_t runs, run, pitch;
};

#endif  // AOT_RUNTIME_DENSE_INT8_H_
