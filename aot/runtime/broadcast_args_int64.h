// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_BROADCAST_ARGS_INT64_H_
#define AOT_RUNTIME_BROADCAST_ARGS_INT64_H_

#include <stdint.h>

// The shape to which two shapes are broadcast, from the last dimension on. Of two that differ the
// first one is taken.
static inline void broadcast_args_int64(int32_t first_rank, const int64_t* first,
                                        int32_t second_rank, const int64_t* second, int32_t rank,
                                        int64_t* out) {
  while (rank > 0) {
    const int32_t a = first_rank > 0 ? (int32_t)first[--first_rank] : 1;
    const int32_t b = second_rank > 0 ? (int32_t)second[--second_rank] : 1;
    out[--rank] = a == 1 ? b : a;
  }
}

#endif  // AOT_RUNTIME_BROADCAST_ARGS_INT64_H_
