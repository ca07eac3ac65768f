// SPDX-License-Identifier: Apache-2.0

// TFLM's log on a chip goes to the serial port. The TFLM of 2020 formats its messages itself, today's leaves
// that to this function.

#include "tensorflow/lite/micro/debug_log.h"

// The board's: firmware/runtime/print.h. Without it nothing is printed. Both functions here give way to those that a
// program has itself.
extern "C" __attribute__((weak)) void PrintText(const char* text);

#if __has_include("tensorflow/lite/micro/arena_allocator/single_arena_buffer_allocator.h")

#include <cstdarg>
#include <cstddef>
#include <cstring>

#include "mnist_micro/inference/printing.h"

namespace {

using mnist_micro::inference::Fixed;
using mnist_micro::inference::Print;

// A conversion of printf. Addresses and hexadecimal numbers are printed in decimal.
// is_long_long: whether the argument has 64 bits.
void PrintConversion(char conversion, bool is_long_long, va_list& args) {
  switch (conversion) {
    case 'c': {
      const char text[2] = {static_cast<char>(va_arg(args, int)), '\0'};
      return PrintText(text);
    }
    case 's':
      return PrintText(va_arg(args, const char*));
    case 'd':
    case 'i':
      return is_long_long ? Print(PrintText, va_arg(args, long long))
                          : Print(PrintText, va_arg(args, int));
    case 'o':
    case 'p':
    case 'u':
    case 'x':
    case 'X':
      return is_long_long ? Print(PrintText, va_arg(args, unsigned long long))
                          : Print(PrintText, va_arg(args, unsigned));
    case 'e':
    case 'f':
    case 'g':
      return Print(PrintText, Fixed{va_arg(args, double), 6});
    case '%':
      return PrintText("%");
    default:
      return PrintText("?");
  }
}

}  // namespace

extern "C" {

__attribute__((weak)) void DebugLog(const char* format, va_list args) {
  if (PrintText == nullptr) return;
  va_list rest;
  va_copy(rest, args);
  for (; *format != '\0'; ++format) {
    if (format[0] == '%' && format[1] != '\0') {
      ++format;
      // Flags, widths, and sizes: on a chip of 32 bits a word holds all but "ll". A width that is an argument
      // is taken and not used.
      int longs = 0;
      for (; std::strchr("lhzjt-+ #.*0123456789", *format) != nullptr && *format != '\0';
           ++format) {
        if (*format == 'l') ++longs;
        if (*format == '*') static_cast<void>(va_arg(rest, int));
      }
      if (*format == '\0') break;
      PrintConversion(*format, longs == 2, rest);
    } else {
      const char text[2] = {*format, '\0'};
      PrintText(text);
    }
  }
  va_end(rest);
}

// For messages that TFLM keeps, which it does only in tools.
__attribute__((weak)) int DebugVsnprintf(char* buffer, std::size_t size, const char*, va_list) {
  if (size > 0) buffer[0] = '\0';
  return 0;
}

}  // extern "C"

#else

extern "C" __attribute__((weak)) void DebugLog(const char* text) {
  if (PrintText != nullptr) PrintText(text);
}

#endif
