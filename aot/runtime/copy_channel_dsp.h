// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_COPY_CHANNEL_DSP_H_
#define AOT_RUNTIME_COPY_CHANNEL_DSP_H_

#include <stdint.h>

#include "aot/runtime/dense_int8.h"

// Copies a channel of an image into a plane of 16 bits. line, step: from a row of the image to the next one, and from
// a column to the next one. pitch: from a row of the plane to the next one.
AOT_NOT_INLINED static void copy_channel_dsp(int32_t rows, int32_t columns, const int8_t* in,
                                             int32_t line, int32_t step, int16_t* plane,
                                             int32_t pitch) {
  for (; rows > 0; --rows) {
    const int8_t* from = in;
    int16_t* to = plane;
    int16_t* const end = to + columns / 2 * 2;
    while (to != end) {
      to[0] = from[0];
      to[1] = from[step];
      from += 2 * step;
      to += 2;
    }
    if (columns % 2 != 0) *to = *from;
    in += line;
    plane += pitch;
  }
}

#endif  // AOT_RUNTIME_COPY_CHANNEL_DSP_H_
