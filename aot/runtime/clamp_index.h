// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_CLAMP_INDEX_H_
#define AOT_RUNTIME_CLAMP_INDEX_H_

#include <stdint.h>

// Brings an index that is computed at run time into 0 … last.
static inline int32_t clamp_index(int32_t index, int32_t last) {
  return index < 0 ? 0 : index > last ? last : index;
}

#endif  // AOT_RUNTIME_CLAMP_INDEX_H_
