// SPDX-License-Identifier: Apache-2.0

// From reset to main() on a RISC-V core in machine mode: the memory that C expects, and what is printed if
// the program traps. After "The RISC-V Instruction Set Manual, Volume II: Privileged Architecture".

#include <stdint.h>

#include "firmware/runtime/board.h"
#include "firmware/runtime/print.h"
#include "firmware/runtime/stack.h"
#include "firmware/runtime/start.h"

// From the linker script.
extern uint32_t __stack_limit[], __stack_top[];

#define READ_CSR(name)                                 \
  ({                                                   \
    uint32_t value;                                    \
    __asm__ volatile("csrr %0, " #name : "=r"(value)); \
    value;                                             \
  })

// --- traps -------------------------------------------------------------------------------------------

// What OnTrap has saved: ra, sp, a0, a1 and a2, by their numbers.
struct Registers {
  uint32_t x[32];
};

static const char* TrapName(uint32_t cause) {
  static const char* const kNames[] = {"jump to an address that is not aligned",
                                       "no memory at a code address",
                                       "undefined instruction",
                                       "breakpoint",
                                       "unaligned load",
                                       "no memory at a load's address",
                                       "unaligned store",
                                       "no memory at a store's address"};
  if (cause & 0x80000000) return "interrupt that nobody expects";
  return cause < sizeof(kNames) / sizeof(kNames[0]) ? kNames[cause] : "trap";
}

// earlier: how many traps came before.
__attribute__((used)) static void ReportTrap(const struct Registers* saved, uint32_t earlier) {
  const uint32_t sp = saved->x[2];
  const int overflow = sp - 64 < (uint32_t)__stack_limit || !StackIsIntact();
  PrintText("\nFAULT: ");
  if (earlier) {
    PrintText("trap while a trap was reported");
  } else {
    PrintText(overflow ? "stack overflow" : TrapName(READ_CSR(mcause)));
  }
  const uint32_t registers[] = {READ_CSR(mcause), READ_CSR(mtval), READ_CSR(mepc), saved->x[1], sp,
                                saved->x[10],     saved->x[11],    saved->x[12]};
  PrintRegisters("\n  mcause \0  mtval \0  pc \0\n  ra \0  sp \0  a0 \0  a1 \0  a2 \0", registers);
  PrintText("\n");
  BoardExit(kExitFault);
}

// A fresh stack for the report, below which the registers are saved: its own may be what is broken.
__attribute__((used)) static struct {
  uint32_t stack[128];
  struct Registers registers;
} trap_memory __attribute__((aligned(16)));

// mscratch counts traps. A second one is what the report itself ran into; at a third one nothing is left to try.
__attribute__((naked, aligned(4))) static void OnTrap(void) {
  __asm__ volatile(
      "csrr t1, mscratch\n"
      "li t2, 2\n"
      "1: bgeu t1, t2, 1b\n"
      "addi t2, t1, 1\n"
      "csrw mscratch, t2\n"
      "la t0, trap_memory + 512\n"
      "sw ra, 4(t0)\n"
      "sw sp, 8(t0)\n"
      "sw a0, 40(t0)\n"
      "sw a1, 44(t0)\n"
      "sw a2, 48(t0)\n"
      "mv sp, t0\n"
      "mv a0, t0\n"
      "mv a1, t1\n"
      "j ReportTrap\n");
}

// --- start -------------------------------------------------------------------------------------------

// Makes the 4 KB below the stack a place where nobody may read or write, by physical memory protection. An
// entry of the kind NAPOT has its size in the low bits of the address; a locked one is for machine mode, too.
static void GuardStack(void) {
  const uint32_t size = 4096;
  const uint32_t address = ((uint32_t)__stack_limit - size) >> 2 | (size / 8 - 1);
  enum { kLocked = 0x80, kNapot = 0x18 };
  __asm__ volatile("csrw pmpaddr0, %0" : : "r"(address));
  __asm__ volatile("csrw pmpcfg0, %0" : : "r"(kLocked | kNapot));
}

__attribute__((used)) static _Noreturn void Start(void) {
  __asm__ volatile("csrw mtvec, %0" : : "r"(OnTrap));
  // First, so that a trap from here on can be printed.
  BoardInit();
  GuardStack();
  RunProgram();
}

// Before any C: the pointers to small data, to the stack and to what a thread has of its own, which is the C
// library's errno; and paint on all of the memory that the program has: what is not initialized later does
// not look as if it were.
__attribute__((naked, section(".reset"))) void OnReset(void) {
  __asm__ volatile(
      ".option push\n"
      ".option norelax\n"
      "la gp, __global_pointer$\n"
      ".option pop\n"
      "la sp, __stack_top\n"
      "la tp, __tls_start\n"
      "csrw mscratch, zero\n"
      "la t0, __stack_limit\n"
      "la t2, __bss_end\n"
      "li t1, 0xa5a5a5a5\n"
      "1: bgeu t0, t2, 2f\n"
      "sw t1, 0(t0)\n"
      "addi t0, t0, 4\n"
      "j 1b\n"
      "2: j Start\n");
}
