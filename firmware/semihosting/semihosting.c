// SPDX-License-Identifier: Apache-2.0

#include "firmware/semihosting/semihosting.h"

#include <stdint.h>

enum { kGetCommandLine = 0x15, kExitExtended = 0x20, kApplicationExit = 0x20026 };
// The program's path may be long.
enum { kMostArguments = 15, kMostBytes = 4096 };

static uint32_t Call(uint32_t operation, void* block) {
#if defined(__arm__)
  register uint32_t r0 __asm__("r0") = operation;
  register void* r1 __asm__("r1") = block;
  __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
  return r0;
#elif defined(__riscv)
  register uint32_t a0 __asm__("a0") = operation;
  register void* a1 __asm__("a1") = block;
  // These three instructions, none of them compressed, and in one page.
  __asm__ volatile(
      ".balign 16\n"
      ".option push\n"
      ".option norvc\n"
      "slli zero, zero, 0x1f\n"
      "ebreak\n"
      "srai zero, zero, 7\n"
      ".option pop\n"
      : "+r"(a0)
      : "r"(a1)
      : "memory");
  return a0;
#endif
}

_Noreturn void SemihostingExit(int code) {
  uint32_t block[2] = {kApplicationExit, (uint32_t)code};
  Call(kExitExtended, block);
  for (;;) {
  }
}

int SemihostingArguments(char*** arguments) {
  static char line[kMostBytes];
  static char* words[kMostArguments + 1];
  struct {
    char* buffer;
    uint32_t size;
  } block = {line, sizeof(line)};
  int count = 0;
  if (Call(kGetCommandLine, &block) == 0) {
    for (char* at = line; *at != '\0';) {
      while (*at == ' ') *at++ = '\0';
      if (*at != '\0' && count < kMostArguments) words[count++] = at;
      while (*at != '\0' && *at != ' ') ++at;
    }
  }
  words[count] = 0;
  *arguments = words;
  return count;
}
