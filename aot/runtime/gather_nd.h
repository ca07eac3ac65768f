// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_GATHER_ND_H_
#define AOT_RUNTIME_GATHER_ND_H_

#include <stdint.h>
#include <string.h>

#include "aot/runtime/clamp_index.h"

struct gather_nd {
  // So many places are read, each of so many indices, which move by so many elements.
  int32_t picks, depth, steps[5];
  // The last element at which a place may begin; bytes of an element and of a place.
  int32_t last, itemsize, run;
};

static inline void gather_nd(const struct gather_nd* shape, const void* in, const int32_t* indices,
                             void* out) {
  unsigned char* to = (unsigned char*)out;
  for (int32_t i = 0; i < shape->picks; ++i) {
    uint32_t sum = 0;
    for (int32_t d = 0; d < shape->depth; ++d)
      sum += (uint32_t)*indices++ * (uint32_t)shape->steps[d];
    const int32_t place = clamp_index((int32_t)sum, shape->last) * shape->itemsize;
    memcpy(to, (const unsigned char*)in + place, (size_t)shape->run);
    to += shape->run;
  }
}

#endif  // AOT_RUNTIME_GATHER_ND_H_
