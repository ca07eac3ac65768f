// SPDX-License-Identifier: Apache-2.0

#ifndef FIRMWARE_RUNTIME_REGISTERS_H_
#define FIRMWARE_RUNTIME_REGISTERS_H_

#include <cstdint>
#include <map>
#include <sstream>
#include <string>
#include <vector>

// Takes the place of firmware/runtime/registers.h, whose guard it has, so that a board's code, which a test includes
// after it, runs on the host: records what the code writes, and lets each wait succeed, or one of them fail.

namespace fake {

struct Chip {
  std::map<std::uint32_t, std::uint32_t> values;
  std::vector<std::string> writes;  // "40023804 = 28002d08".
  int waits = 0;
  int failing_wait = -1;  // Which wait does not succeed, from 0 on.
};

inline Chip chip;
inline std::string printed;

struct Address {
  std::uint32_t address;
};

class Register {
 public:
  explicit Register(std::uint32_t address) : address_(address) {}
  operator std::uint32_t() const { return chip.values[address_]; }
  void operator=(std::uint32_t value) const {
    std::ostringstream line;
    line << std::hex << address_ << " = " << value;
    chip.writes.push_back(line.str());
    chip.values[address_] = value;
  }
  // Else it would be that of the object.
  void operator=(const Register& other) const { *this = static_cast<std::uint32_t>(other); }
  void operator|=(std::uint32_t bits) const { *this = *this | bits; }
  void operator&=(std::uint32_t bits) const { *this = *this & bits; }
  Address operator&() const { return {address_}; }

 private:
  std::uint32_t address_;
};

}  // namespace fake

#define REGISTER(address) fake::Register(static_cast<std::uint32_t>(address))

inline int WaitForBits(fake::Address at, std::uint32_t mask, std::uint32_t value) {
  if (fake::chip.waits++ == fake::chip.failing_wait) return 0;
  std::uint32_t& bits = fake::chip.values[at.address];
  bits = (bits & ~mask) | (value & mask);
  return 1;
}

// What the boards print with and end by.
extern "C" inline void PrintText(const char* text) { fake::printed += text; }

// C that C++ writes otherwise.
#define _Noreturn [[noreturn]]
#define _Static_assert static_assert

[[noreturn]] inline void StopWithCode(int code) { throw code; }
#endif  // FIRMWARE_RUNTIME_REGISTERS_H_
