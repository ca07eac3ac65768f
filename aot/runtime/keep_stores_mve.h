// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_KEEP_STORES_MVE_H_
#define AOT_RUNTIME_KEEP_STORES_MVE_H_

#include "aot/runtime/mve.h"

#if AOT_MVE
// Comes before an intrinsic that stores some lanes. gcc takes it for a store of all of them, and would leave out what was
// stored there before, e.g. another tensor's last bytes. It takes no instruction.
static inline void keep_stores_mve(void) { __asm__ volatile("" : : : "memory"); }
#endif

#endif  // AOT_RUNTIME_KEEP_STORES_MVE_H_
