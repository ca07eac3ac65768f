// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_SVDF_H_
#define AOT_RUNTIME_SVDF_H_

#include <stdint.h>

// A unit has `rank` filters, each of which remembers its results of the last `memory` runs.
struct svdf {
  int32_t batches;
  int32_t inputs;
  int32_t units;
  int32_t rank;
  int32_t memory;
};

// How results of filters become what is remembered, and sums over them outputs.
struct svdf_scaling {
  int32_t filter_multiplier;
  int32_t filter_shift;
  int32_t filter_zero_point;
  int32_t multiplier;
  int32_t shift;
};

#endif  // AOT_RUNTIME_SVDF_H_
