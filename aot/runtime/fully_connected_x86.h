// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_FULLY_CONNECTED_X86_H_
#define AOT_RUNTIME_FULLY_CONNECTED_X86_H_

#include <stdint.h>

#include "aot/runtime/copy_x86.h"
#include "aot/runtime/dense_x86.h"
#include "aot/runtime/fill_x86.h"
#include "aot/runtime/not_inlined.h"
#include "aot/runtime/windows_x86.h"
#include "aot/runtime/x86.h"

// A dense layer of `count` rows of `inputs` each. copied: memory for eight rows, or all if there are less, and three bytes.
AOT_NOT_INLINED static void fully_connected_x86(const struct dense_x86* layer, int32_t count,
                                                int32_t inputs, const int8_t* in,
                                                const int8_t* weights, const int32_t* numbers,
                                                int8_t* copied, int8_t* out) {
  const int32_t level = x86_level();
  while (count > 0) {
    const int32_t tile = count < 8 ? count : 8;
    const int8_t* x[8];
    for (int32_t i = 0; i < 8; ++i) x[i] = copied + (i < tile ? i : tile - 1) * inputs;
    copy_x86(level, tile * inputs, in, copied);
    // Where the last four inputs are less: weights are zero there.
    fill_x86(level, 3, 0, copied + tile * inputs);
    windows_x86(level, layer, tile, x, weights, numbers, out);
    in += tile * inputs;
    out += tile * layer->outputs;
    count -= tile;
  }
}

#endif  // AOT_RUNTIME_FULLY_CONNECTED_X86_H_
