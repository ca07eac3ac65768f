// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_SUMS_3X3_MAX_2X2_DSP_H_
#define AOT_RUNTIME_SUMS_3X3_MAX_2X2_DSP_H_

#include <stdint.h>

#include "aot/runtime/dense_int8.h"
#include "aot/runtime/dsp.h"
#include "aot/runtime/saturate_int8.h"

#if AOT_DSP
// A row of four inputs, in r8 those in the columns 0 and 2, in r9 those in 1 and 3, with a row of weights: `outer` has
// those of the columns 0 and 2, the half `half` (b or t) of `middle` that of column 1. Sums of the left window and of
// the right one.
#define AOT_ROW_OF_WINDOWS(left, from_left, right, from_right, outer, half, middle) \
  "smlad " left ", r8, " outer ", " from_left                                       \
  "\n"                                                                              \
  "smlad " right ", r9, " outer ", " from_right                                     \
  "\n"                                                                              \
  "smlab" half " " left ", r9, " middle ", " left                                   \
  "\n"                                                                              \
  "smlat" half " " right ", r8, " middle ", " right "\n"
#define AOT_UPPER_ROW(outer, half, middle) \
  AOT_ROW_OF_WINDOWS("r10", "r10", "r11", "r11", outer, half, middle)
#define AOT_LOWER_ROW(outer, half, middle) \
  AOT_ROW_OF_WINDOWS("lr", "lr", "r12", "r12", outer, half, middle)
#define AOT_LARGER(a, b) \
  "cmp " a ", " b        \
  "\n"                   \
  "it lt\n"              \
  "movlt " a ", " b "\n"
#else
// Twice the sum of a window of 3 x 3. in: its first column, in eight words as below.
static inline int32_t window_3x3_dsp(const int16_t* in, int32_t right, const int16_t* weights,
                                     int32_t bias) {
  for (int32_t i = 0; i < 3; ++i) {
    const int16_t* const even = in + 4 * i;
    const int16_t* const odd = even + 2;
    bias += (right != 0 ? odd[0] : even[0]) * weights[2 * i];
    bias += (right != 0 ? even[1] : odd[0]) * weights[6 + i];
    bias += (right != 0 ? odd[1] : even[1]) * weights[2 * i + 1];
  }
  return bias;
}
#endif

// All outputs of 3 x 3 inputs of one channel at 2 x 2 places: of each output the largest. in: four rows of inputs, each
// as two words of halves: the columns 0 and 2, then 1 and 3. layer: of each output nine words. These are weights, twice
// as large, as halves: of each row those of the columns 0 and 2, then the middle ones of the three rows, and 0; then
// twice the bias, the multiplier, the shift to the right, and what is added before it: half of what is shifted out, and
// the output's zero point.
AOT_NOT_INLINED static void sums_3x3_max_2x2_dsp(int32_t outputs, const uint32_t* layer,
                                                 const uint32_t* in, int8_t* out) {
#if AOT_DSP
  // The compiler may need any register for itself, so that all are kept here.
  register const uint32_t* r0 __asm__("r0") = layer;
  register const uint32_t* r1 __asm__("r1") = in;
  register int8_t* r2 __asm__("r2") = out;
  register int8_t* r3 __asm__("r3") = out + outputs;
  __asm__ volatile(
      "push {r3-r11, lr}\n"
      "1:\n"
      // The bias is where the last sum will be.
      "ldm r0!, {r3-r7, r12}\n"
      "ldrd r8, r9, [r1]\n"  //
      AOT_ROW_OF_WINDOWS("r10", "r12", "r11", "r12", "r3", "b", "r6")
      "ldrd r8, r9, [r1, #8]\n"  //
      AOT_UPPER_ROW("r4", "t", "r6")
      AOT_ROW_OF_WINDOWS("lr", "r12", "r12", "r12", "r3", "b", "r6")
      "ldrd r8, r9, [r1, #16]\n"  //
      AOT_UPPER_ROW("r5", "b", "r7")
      AOT_LOWER_ROW("r4", "t", "r6")
      "ldrd r8, r9, [r1, #24]\n"  //
      AOT_LOWER_ROW("r5", "b", "r7")
      "ldm r0!, {r3-r5}\n"
      AOT_LARGER("r10", "r11")
      AOT_LARGER("lr", "r12")
      AOT_LARGER("r10", "lr")
      "add r5, r5, r10, asr #31\n"
      "smmlar r10, r10, r3, r5\n"
      "ldr r3, [sp]\n"
      "asr r10, r10, r4\n"
      "ssat r10, #8, r10\n"
      "strb r10, [r2], #1\n"
      "cmp r2, r3\n"
      "bne 1b\n"
      "pop {r3-r11, lr}\n"
      : "+r"(r0), "+r"(r2)
      : "r"(r1), "r"(r3)
      : "r12", "cc", "memory");
#else
  for (; outputs > 0; --outputs) {
    int16_t weights[9];
    int16_t seen[16];
    for (int32_t i = 0; i < 9; ++i) weights[i] = (int16_t)(layer[i / 2] >> 16 * (i % 2) & 0xffffu);
    for (int32_t i = 0; i < 16; ++i) seen[i] = (int16_t)(in[i / 2] >> 16 * (i % 2) & 0xffffu);
    int32_t most = INT32_MIN;
    for (int32_t place = 0; place < 4; ++place) {
      const int32_t sum =
          window_3x3_dsp(seen + place / 2 * 4, place % 2, weights, (int32_t)layer[5]);
      most = sum > most ? sum : most;
    }
    const int64_t product = (int64_t)most * (int32_t)layer[6];
    // Rounded to nearest, halves up; then halves away from zero.
    int32_t x = (int32_t)(product >> 32) + (int32_t)((uint32_t)product >> 31);
    x += (int32_t)layer[8] + (most >> 31);
    *out++ = saturate_int8(x >> layer[7]);
    layer += 9;
  }
#endif
}

#endif  // AOT_RUNTIME_SUMS_3X3_MAX_2X2_DSP_H_
