// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_SCALAR_H_
#define AOT_RUNTIME_SCALAR_H_

// Hides from compilers that a variable goes to memory beside others: GCC for MVE adds up such sums in a vector, which it
// fills through the stack each time.
#if defined(__GNUC__)
#define AOT_SCALAR(variable) __asm__("" : "+r"(variable))
#else
#define AOT_SCALAR(variable) (void)(variable)
#endif

#endif  // AOT_RUNTIME_SCALAR_H_
