// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_LSTM_H_
#define AOT_RUNTIME_LSTM_H_

#include <stdint.h>

// Steps are how many elements it is from one batch or one time to the next.
struct lstm {
  int32_t batches;
  int32_t times;
  int32_t inputs;
  int32_t cells;
  int32_t in_batch;
  int32_t in_time;
  int32_t out_batch;
  int32_t out_time;
};

#endif  // AOT_RUNTIME_LSTM_H_
