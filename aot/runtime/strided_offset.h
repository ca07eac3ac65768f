// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_STRIDED_OFFSET_H_
#define AOT_RUNTIME_STRIDED_OFFSET_H_

#include <stdint.h>

// Where an element is whose number counts over `rank` dimensions, the last one first. rank: 1 at least.
static inline int32_t strided_offset(int32_t number, int32_t rank, const int32_t* sizes,
                                     const int32_t* strides) {
  int32_t offset = 0;
  for (int32_t i = rank - 1; i > 0; --i) {
    offset += number % sizes[i] * strides[i];
    number /= sizes[i];
  }
  return offset + number * strides[0];
}

#endif  // AOT_RUNTIME_STRIDED_OFFSET_H_
