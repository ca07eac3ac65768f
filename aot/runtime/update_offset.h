// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_UPDATE_OFFSET_H_
#define AOT_RUNTIME_UPDATE_OFFSET_H_

#include <stdint.h>

// Where a part of a tensor may begin: the last index of each dimension, and the bytes by which an
// index moves.
struct update_offset {
  int32_t rank;
  int32_t limits[6];
  int32_t steps[6];
};

#endif  // AOT_RUNTIME_UPDATE_OFFSET_H_
