// SPDX-License-Identifier: Apache-2.0

// What C++ leaves to its library, for programs without a heap. A virtual destructor refers to `operator
// delete`, though nothing is ever deleted: here that ends the program.

#include <cstddef>
#include <cstdint>
#include <new>

#include "firmware/runtime/board.h"
#include "firmware/runtime/print.h"

namespace {

constexpr int kExitInternal = 71;

[[noreturn]] void Fail(const char* what) {
  PrintText("\nFAULT: ");
  PrintText(what);
  PrintText("\n");
  BoardExit(kExitInternal);
}

}  // namespace

void operator delete(void*) noexcept { Fail("operator delete without a heap"); }
void operator delete(void*, std::size_t) noexcept { Fail("operator delete without a heap"); }
void operator delete(void*, std::align_val_t) noexcept { Fail("operator delete without a heap"); }
void operator delete(void*, std::size_t, std::align_val_t) noexcept {
  Fail("operator delete without a heap");
}

extern "C" {

void* __dso_handle = nullptr;

[[noreturn]] void __cxa_pure_virtual() { Fail("a pure virtual function was called"); }

[[noreturn]] void abort() { Fail("abort() was called"); }

// The libraries' own prints by printf.
[[noreturn]] void __assert_func(const char* file, int line, const char*, const char* expression) {
  PrintText("\nFAULT: assert(");
  PrintText(expression);
  PrintText(") in ");
  PrintText(file);
  PrintText(":");
  PrintNumber(static_cast<std::uint32_t>(line));
  PrintText("\n");
  BoardExit(kExitInternal);
}

// Nothing is destroyed: the program never ends.
int atexit(void (*)()) { return 0; }

}  // extern "C"
