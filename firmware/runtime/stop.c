// SPDX-License-Identifier: Apache-2.0

#include "firmware/runtime/stop.h"

#include <stdint.h>

#include "firmware/runtime/print.h"

_Noreturn void StopWithCode(int code) {
  PrintText("\nexit code ");
  if (code < 0) PrintText("-");
  PrintNumber(code < 0 ? 0u - (uint32_t)code : (uint32_t)code);
  PrintText("\n");
  // Not by `wfi`: some debug probes do not find a core that sleeps.
  for (;;) {
  }
}
