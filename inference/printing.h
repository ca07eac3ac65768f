// SPDX-License-Identifier: Apache-2.0

#ifndef MNIST_MICRO_INFERENCE_PRINTING_H_
#define MNIST_MICRO_INFERENCE_PRINTING_H_

#include <cstddef>
#include <cstdint>
#include <type_traits>

// Text and numbers for a log, by whatever prints a string: on a chip printf would take 20 KB of flash and a
// heap. Target-safe: no heap, no files, no exceptions.

namespace mnist_micro::inference {

// Prints a text, without a line break of its own.
using PrintFunction = void (*)(const char* text);

// A number with so many digits after the point, at most 9, rounded half up: printf's %.*f rounds ties in another way.
// From 2^32 on it is "huge", and what is not a number is "nan".
struct Fixed {
  double value;
  int digits;
};

inline void PrintPart(PrintFunction print, const char* text) { print(text); }

// A whole number.
template <typename Number>
std::enable_if_t<std::is_integral_v<Number>> PrintPart(PrintFunction print, Number number) {
  using Size = std::make_unsigned_t<Number>;
  auto size = static_cast<Size>(number);
  if (number < 0) {
    print("-");
    size = static_cast<Size>(0 - size);
  }
  char digits[24];
  char* at = digits + sizeof(digits) - 1;
  *at = '\0';
  do {
    *--at = static_cast<char>('0' + size % 10);
    size = static_cast<Size>(size / 10);
  } while (size > 0);
  print(at);
}

inline void PrintPart(PrintFunction print, Fixed number) {
  if (number.value != number.value) return print("nan");
  if (number.value < 0) print("-");
  // What the digits would not fit 64 bits of, infinity included.
  if (number.value >= 4294967296.0 || number.value <= -4294967296.0) return print("huge");
  double factor = 1;
  for (int i = 0; i < number.digits; ++i) factor *= 10;
  const double size = number.value < 0 ? -number.value : number.value;
  const auto scaled = static_cast<std::uint64_t>(size * factor + 0.5);
  const auto divisor = static_cast<std::uint64_t>(factor);
  PrintPart(print, scaled / divisor);
  if (number.digits == 0) return;
  print(".");
  std::uint64_t rest = scaled % divisor;
  for (std::uint64_t place = divisor / 10; place > 0; place /= 10) {
    const char digit[2] = {static_cast<char>('0' + rest / place), '\0'};
    print(digit);
    rest %= place;
  }
}

// Prints its arguments in turn.
template <typename... Parts>
void Print([[maybe_unused]] PrintFunction print, Parts... parts) {
  (PrintPart(print, parts), ...);
}

}  // namespace mnist_micro::inference

#endif  // MNIST_MICRO_INFERENCE_PRINTING_H_
