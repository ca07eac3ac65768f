// SPDX-License-Identifier: Apache-2.0

#ifndef THIRD_PARTY_CLANG_WASM_LIBC_STRING_H_
#define THIRD_PARTY_CLANG_WASM_LIBC_STRING_H_

#include <stddef.h>

// What compiled models need of a C library, where there is none. Each is an instruction of WebAssembly.

static inline void* memcpy(void* restrict to, const void* restrict from, size_t size) {
  return __builtin_memcpy(to, from, size);
}

static inline void* memmove(void* to, const void* from, size_t size) {
  return __builtin_memmove(to, from, size);
}

static inline void* memset(void* to, int value, size_t size) {
  return __builtin_memset(to, value, size);
}

#endif  // THIRD_PARTY_CLANG_WASM_LIBC_STRING_H_
