// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_UPDATE_OFFSET_INT64_H_
#define AOT_RUNTIME_UPDATE_OFFSET_INT64_H_

#include <stdint.h>

#include "aot/runtime/update_offset.h"

// The byte where a part begins, which is moved so that it stays inside.
static inline int32_t update_offset_int64(const struct update_offset* shape, const int64_t* start) {
  int32_t offset = 0;
  for (int32_t i = 0; i < shape->rank; ++i) {
    const int32_t limit = shape->limits[i];
    offset += (start[i] < 0 ? 0 : start[i] > limit ? limit : (int32_t)start[i]) * shape->steps[i];
  }
  return offset;
}

#endif  // AOT_RUNTIME_UPDATE_OFFSET_INT64_H_
