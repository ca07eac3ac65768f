// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_STORE_FOUR_MVE_H_
#define AOT_RUNTIME_STORE_FOUR_MVE_H_

#include <stdint.h>

#include "aot/runtime/keep_stores_mve.h"
#include "aot/runtime/mve.h"
#include "aot/runtime/output_mve.h"
#include "aot/runtime/requantization.h"

// Scales four sums, and writes `count` of them at least, where four have room: the same as output_int8. factors: as in
// struct dense_mve.
static inline void store_four_mve(const int32_t* sums, const int32_t* factors,
                                  const struct requantization* to, int32_t count, int8_t* out) {
#if AOT_MVE
  int32x4_t x = vqrdmulhq_s32(vldrwq_s32(sums), vldrwq_s32(factors));
  // One less of what is below zero, for the upper half of twice x is -1 then: halves are rounded away from zero.
  x = vqdmlahq_n_s32(x, x, 1);
  x = vrshlq_s32(x, vldrbq_s32((const int8_t*)(factors + 4)));
  x = vaddq_n_s32(x, to->zero_point);
  x = vmaxq_s32(x, vdupq_n_s32(to->lowest));
  x = vminq_s32(x, vdupq_n_s32(to->highest));
  if (count >= 4) {
    vstrbq_s32(out, x);
  } else {
    keep_stores_mve();
    vstrbq_p_s32(out, x, vctp32q((uint32_t)count));
  }
#else
  for (int32_t i = 0; i < 4 && i < count; ++i) {
    const int8_t shift = (int8_t)((uint32_t)factors[4] >> (8 * i));
    out[i] = output_mve(sums[i], factors[i], shift, to);
  }
#endif
}

#endif  // AOT_RUNTIME_STORE_FOUR_MVE_H_
