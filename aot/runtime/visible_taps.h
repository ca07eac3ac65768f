// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_VISIBLE_TAPS_H_
#define AOT_RUNTIME_VISIBLE_TAPS_H_

#include <stdint.h>

// The taps of a window that see the image, in one dimension: from `first` to below `end`.
struct visible_taps {
  int32_t first;
  int32_t end;
};

// start: the input that the first tap sees. length: of the input.
static inline struct visible_taps visible_taps(int32_t start, int32_t dilation, int32_t taps,
                                               int32_t length) {
  struct visible_taps seen = {0, taps};
  while (seen.first < taps && start + seen.first * dilation < 0) ++seen.first;
  while (seen.end > seen.first && start + (seen.end - 1) * dilation >= length) --seen.end;
  return seen;
}

#endif  // AOT_RUNTIME_VISIBLE_TAPS_H_
