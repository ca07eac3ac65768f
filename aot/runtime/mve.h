// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_MVE_H_
#define AOT_RUNTIME_MVE_H_

// Cortex-M55 and others with the vector extension of Armv8.1-M for integers (MVE, "Helium"). On all else there is C that
// does the same.
#if defined(__ARM_FEATURE_MVE) && defined(__GNUC__)
#define AOT_MVE 1
#include <arm_mve.h>
// What `asm` that sets the predicates says: clang has no name for their register, but keeps nothing in it across a call,
// so that such functions are not inlined.
#if defined(__clang__)
#define AOT_PREDICATES "cc"
#else
#define AOT_PREDICATES "p0"
#endif
#else
#define AOT_MVE 0
#endif

#endif  // AOT_RUNTIME_MVE_H_
