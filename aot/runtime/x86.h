// SPDX-License-Identifier: Apache-2.0

#ifndef AOT_RUNTIME_X86_H_
#define AOT_RUNTIME_X86_H_

#include <stdint.h>

// The highest level of instructions that is used: 0 none but C, 1 AVX2, 2 AVX-512 VNNI. The CPU may have less.
#ifndef AOT_X86_LEVEL
#define AOT_X86_LEVEL 2
#endif

// Whether the compiler has the instructions. Functions that use them are compiled for them, all else is not.
#if defined(__GNUC__) && defined(__x86_64__)
#define AOT_X86 1
#else
#define AOT_X86 0
#endif
#if AOT_X86 && AOT_X86_LEVEL >= 1
#include <immintrin.h>
#define AOT_AVX2 __attribute__((target("avx2")))
#endif
#if AOT_X86 && AOT_X86_LEVEL >= 2
#define AOT_VNNI __attribute__((target("avx2,avx512f,avx512bw,avx512vl,avx512vnni")))
#endif

// Finds the level of this CPU, and of the operating system, which must keep the registers. Nothing is kept here: the
// compiler's library has asked the CPU when the program started.
static inline int32_t x86_level(void) {
#if AOT_X86 && AOT_X86_LEVEL >= 2
  if (__builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512bw")) {
    return 2;
  }
#endif
#if AOT_X86 && AOT_X86_LEVEL >= 1
  if (__builtin_cpu_supports("avx2")) return 1;
#endif
  return 0;
}

#endif  // AOT_RUNTIME_X86_H_
