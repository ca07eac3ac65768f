// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_SCALED_SUM_MVE_H_
#define AOT_RUNTIME_SCALED_SUM_MVE_H_

#include <stdint.h>

#include "aot/runtime/keep_stores_mve.h"
#include "aot/runtime/mve.h"
#include "aot/runtime/rounded_mve.h"

// How x, the input with the larger scale, and y become a sum or a difference. Shifts are negative: to the right, one at
// least.
struct scaled_sum_mve {
  int32_t x_factor, x_offset;
  int32_t y_factor, y_offset;
  int32_t y_multiplier, y_shift;
  // 1 or -1.
  int32_t y_sign;
  int32_t multiplier, shift;
  int32_t zero_point, lowest, highest;
};

#if AOT_MVE
// Four outputs. See store_four_mve for the rounding.
static inline int32x4_t four_scaled_sums_mve(const struct scaled_sum_mve* to, int32x4_t x,
                                             int32x4_t y) {
  x = vaddq_n_s32(vmulq_n_s32(x, to->x_factor), to->x_offset);
  y = vaddq_n_s32(vmulq_n_s32(y, to->y_factor), to->y_offset);
  y = vqrdmulhq_n_s32(y, to->y_multiplier);
  y = vrshlq_n_s32(vqdmlahq_n_s32(y, y, 1), to->y_shift);
  x = vqrdmulhq_n_s32(vmlaq_n_s32(x, y, to->y_sign), to->multiplier);
  x = vrshlq_n_s32(vqdmlahq_n_s32(x, x, 1), to->shift);
  x = vmaxq_s32(vaddq_n_s32(x, to->zero_point), vdupq_n_s32(to->lowest));
  return vminq_s32(x, vdupq_n_s32(to->highest));
}
#endif

static inline void scaled_sum_mve(int32_t count, const struct scaled_sum_mve* to, const int8_t* x,
                                  const int8_t* y, int8_t* out) {
  // Unlike *to, a copy can't be changed through out.
  const struct scaled_sum_mve copy = *to;
#if AOT_MVE
  for (; count >= 4; count -= 4) {
    vstrbq_s32(out, four_scaled_sums_mve(&copy, vldrbq_s32(x), vldrbq_s32(y)));
    x += 4;
    y += 4;
    out += 4;
  }
  if (count > 0) {
    const mve_pred16_t left = vctp32q((uint32_t)count);
    const int32x4_t a = vldrbq_z_s32(x, left);
    keep_stores_mve();
    vstrbq_p_s32(out, four_scaled_sums_mve(&copy, a, vldrbq_z_s32(y, left)), left);
  }
#else
  for (int32_t i = 0; i < count; ++i) {
    const int32_t scaled =
        rounded_mve(y[i] * copy.y_factor + copy.y_offset, copy.y_multiplier, copy.y_shift);
    const int32_t sum = x[i] * copy.x_factor + copy.x_offset + copy.y_sign * scaled;
    const int32_t made = rounded_mve(sum, copy.multiplier, copy.shift) + copy.zero_point;
    out[i] = (int8_t)(made < copy.lowest ? copy.lowest : made > copy.highest ? copy.highest : made);
  }
#endif
}

#endif  // AOT_RUNTIME_SCALED_SUM_MVE_H_
