// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_FOUR_SUMS_MVE_H_
#define AOT_RUNTIME_FOUR_SUMS_MVE_H_

#include <stdint.h>

#include "aot/runtime/mve.h"

// Sums of a row of inputs, four outputs. weights: as in struct dense_mve, four by turns. One input at least.
static inline void four_sums_mve(int32_t inputs, const int8_t* in, const int8_t* weights,
                                 const int32_t* bias, int32_t* sums) {
  int32_t sum0 = bias[0];
  int32_t sum1 = bias[1];
  int32_t sum2 = bias[2];
  int32_t sum3 = bias[3];
#if AOT_MVE
  __asm__ volatile(
      "dlstp.8 lr, %[n]\n"
      "1:\n"
      "vldrb.u8 q0, [%[in]], #16\n"
      "vldrb.u8 q1, [%[w]], #16\n"
      "vmladava.s8 %[sum0], q0, q1\n"
      "vldrb.u8 q2, [%[w]], #16\n"
      "vmladava.s8 %[sum1], q0, q2\n"
      "vldrb.u8 q1, [%[w]], #16\n"
      "vmladava.s8 %[sum2], q0, q1\n"
      "vldrb.u8 q2, [%[w]], #16\n"
      "vmladava.s8 %[sum3], q0, q2\n"
      "letp lr, 1b\n"
      : [in] "+&r"(in), [w] "+&r"(weights), [sum0] "+&Te"(sum0), [sum1] "+&Te"(sum1),
        [sum2] "+&Te"(sum2), [sum3] "+&Te"(sum3)
      : [n] "r"(inputs)
      : "lr", "q0", "q1", "q2", "memory");
#else
  for (int32_t i = 0; i < inputs; ++i) {
    const int8_t* const w = weights + i / 16 * 64 + i % 16;
    sum0 += in[i] * w[0];
    sum1 += in[i] * w[16];
    sum2 += in[i] * w[32];
    sum3 += in[i] * w[48];
  }
#endif
  sums[0] = sum0;
  sums[1] = sum1;
  sums[2] = sum2;
  sums[3] = sum3;
}

#endif  // AOT_RUNTIME_FOUR_SUMS_MVE_H_
