// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_COPY_ND_H_
#define AOT_RUNTIME_COPY_ND_H_

#include <stdint.h>

#include "aot/runtime/copy_rows.h"

// Runs of bytes in five loops, the outermost first. Steps are in bytes; those of the input may be 0
// or negative.
struct copy_nd {
  int32_t run;
  int32_t counts[5];
  int32_t in_steps[5];
  int32_t out_steps[5];
};

static inline void copy_nd(const struct copy_nd* loops, const void* in, void* out) {
  const int32_t* const n = loops->counts;
  const int32_t* const r = loops->in_steps;
  const int32_t* const w = loops->out_steps;
  for (int32_t i = 0; i < n[0]; ++i) {
    for (int32_t j = 0; j < n[1]; ++j) {
      for (int32_t k = 0; k < n[2]; ++k) {
        for (int32_t l = 0; l < n[3]; ++l) {
          const int32_t read = i * r[0] + j * r[1] + k * r[2] + l * r[3];
          const int32_t write = i * w[0] + j * w[1] + k * w[2] + l * w[3];
          copy_rows(n[4], loops->run, (const unsigned char*)in + read, r[4],
                    (unsigned char*)out + write, w[4]);
        }
      }
    }
  }
}

#endif  // AOT_RUNTIME_COPY_ND_H_
