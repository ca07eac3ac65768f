// SPDX-License-Identifier: Apache-2.0

#include <cstdio>
#include <cstring>

#include "mnist_micro/tflm/arena_trial.h"

namespace mnist_micro::tflm {

// At once: what the next trial crashes must not take the lines before it along.
void PrintTrial(const char* text) {
  std::fputs(text, stdout);
  if (text[0] != '\0' && text[std::strlen(text) - 1] == '\n') std::fflush(stdout);
}

}  // namespace mnist_micro::tflm
