// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_GATHER_H_
#define AOT_RUNTIME_GATHER_H_

#include <stdint.h>
#include <string.h>

#include "aot/runtime/clamp_index.h"

// batches * outer tables of so many rows, of each of which `picks` rows are taken: in each batch
// others. run: bytes of a row.
struct gather {
  int32_t batches, outer, rows, picks, run;
};

static inline void gather(const struct gather* shape, const void* in, const int32_t* indices,
                          void* out) {
  const unsigned char* table = (const unsigned char*)in;
  unsigned char* to = (unsigned char*)out;
  for (int32_t b = 0; b < shape->batches; ++b) {
    for (int32_t o = 0; o < shape->outer; ++o) {
      for (int32_t i = 0; i < shape->picks; ++i) {
        const int32_t row = clamp_index(indices[i], shape->rows - 1);
        memcpy(to, table + row * shape->run, (size_t)shape->run);
        to += shape->run;
      }
      table += shape->rows * shape->run;
    }
    indices += shape->picks;
  }
}

#endif  // AOT_RUNTIME_GATHER_H_
