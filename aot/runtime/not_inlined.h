// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_NOT_INLINED_H_
#define AOT_RUNTIME_NOT_INLINED_H_

// Inlined into a function that keeps much, inner loops would keep their sums in memory.
#if defined(__GNUC__)
#define AOT_NOT_INLINED __attribute__((noinline))
#else
#define AOT_NOT_INLINED
#endif

#endif  // AOT_RUNTIME_NOT_INLINED_H_
