// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_LANES_MVE_H_
#define AOT_RUNTIME_LANES_MVE_H_

#include <stdint.h>

#include "aot/runtime/mve.h"

#if AOT_MVE
// A vector of four integers, in two instructions instead of four.
static inline int32x4_t lanes_mve(int32_t a, int32_t b, int32_t c, int32_t d) {
  int32x4_t made;
  __asm__(
      "vmov %q[made][2], %q[made][0], %[a], %[c]\n"
      "vmov %q[made][3], %q[made][1], %[b], %[d]\n"
      : [made] "=w"(made)
      : [a] "r"(a), [b] "r"(b), [c] "r"(c), [d] "r"(d));
  return made;
}
#endif

#endif  // AOT_RUNTIME_LANES_MVE_H_
