// SPDX-License-Identifier: Apache-2.0

// From reset to main() on a Cortex-M: the vector table, the memory that C expects, and what is printed if
// the program faults. After Arm's "Armv7-M Architecture Reference Manual" and the Armv8-M one.

#include <stdint.h>

#include "firmware/runtime/board.h"
#include "firmware/runtime/print.h"
#include "firmware/runtime/stack.h"
#include "firmware/runtime/start.h"

// From the linker script.
extern uint32_t __stack_limit[], __stack_top[];

#define SYSTEM_REGISTER(address) (*(volatile uint32_t*)(address))
#define SYST_CSR SYSTEM_REGISTER(0xe000e010)        // SysTick Control and Status.
#define NVIC_ICER ((volatile uint32_t*)0xe000e180)  // Interrupt Clear-Enable, 16 words.
#define CPACR SYSTEM_REGISTER(0xe000ed88)           // Coprocessor Access Control.
#define SHCSR SYSTEM_REGISTER(0xe000ed24)           // System Handler Control and State.
#define CCR SYSTEM_REGISTER(0xe000ed14)             // Configuration and Control.
#define CFSR SYSTEM_REGISTER(0xe000ed28)            // Configurable Fault Status.
#define HFSR SYSTEM_REGISTER(0xe000ed2c)            // HardFault Status.
#define MMFAR SYSTEM_REGISTER(0xe000ed34)           // MemManage Fault Address.
#define BFAR SYSTEM_REGISTER(0xe000ed38)            // BusFault Address.
#define SFSR SYSTEM_REGISTER(0xe000ede4)            // SecureFault Status, of Armv8-M.
#define SFAR SYSTEM_REGISTER(0xe000ede8)            // SecureFault Address.
#define VTOR SYSTEM_REGISTER(0xe000ed08)            // Vector Table Offset.

// --- faults ------------------------------------------------------------------------------------------

// What the core pushes when it takes an exception.
struct Frame {
  uint32_t r0, r1, r2, r3, r12, lr, pc, xpsr;
};

// What each fault is called, as texts with what they are for before them; the first one that fits counts. A byte of
//   0x80 + n: bit n of CFSR, whose kind is in kKinds,
//   0xa0 + n: bit n of HFSR,
//   0xc0 + n: exception n.
// A table and not code: that took 400 bytes more.
static const char kFaults[] =
    "\xc2"
    "non-maskable interrupt\0"
    "\xc7"
    "secure fault: the other security state's memory or code\0"
    "\xcb"
    "svc instruction, which nobody handles\0"
    "\xcc"
    "debug exception without a debugger\0"
    "\xce"
    "interrupt that nobody handles\0"
    "\x81\x87"
    "a data access that is not allowed\0"
    "\x80"
    "code where none may run\0"
    "\x83\x84\x85"
    "no stack for an exception\0"
    "\x89\x8a\x8f"
    "no memory at a data address\0"
    "\x88"
    "no memory at a code address\0"
    "\x8b\x8c\x8d"
    "no stack for an exception\0"
    "\x90"
    "undefined instruction\0"
    "\x91"
    "jump to an address that is not Thumb code\0"
    "\x92"
    "return from an exception that is not one\0"
    "\x93"
    "the coprocessor or FPU is off\0"
    "\x94"
    "stack overflow\0"
    "\x98"
    "unaligned access\0"
    "\x99"
    "division by zero\0"
    "\xbf"
    "hard fault: semihosting without an emulator or a debugger\0"
    "\xa1"
    "hard fault: the vector table can't be read\0"
    "fault";

// Of eight bits of CFSR each.
static const char kKinds[4][7] = {"memory", "bus", "usage", "usage"};

// Prints what a fault is called. After `exception` all interrupts are 14.
static void PrintFault(uint32_t exception) {
  const uint32_t happened[] = {CFSR, HFSR, 1u << exception};
  const char* text = kFaults;
  for (;;) {
    uint32_t byte = (uint8_t)*text;
    if (byte < 0x80) break;
    ++text;
    if (happened[byte >> 5 & 3] >> (byte & 31) & 1) {
      if (byte < 0xa0) {
        PrintText(kKinds[byte >> 3 & 3]);
        PrintText(" fault: ");
      }
      while ((uint8_t)*text >= 0x80) ++text;
      break;
    }
    if ((uint8_t)*text < 0x80) {
      while (*text++ != '\0') {
      }
    }
  }
  PrintText(text);
}

// A fresh stack for the report: its own may be what is broken.
static uint32_t fault_stack[128] __attribute__((aligned(8), used));

// Called with the frame of what was interrupted; the stack below it may be gone.
__attribute__((used)) static void ReportFault(const struct Frame* frame, uint32_t exception) {
  PrintText("\nFAULT: ");
  const uint32_t top = (uint32_t)frame;
  // Without room on the stack the core pushes nothing: while it stacks, or at the limit of Armv8-M.
  const int has_frame =
      !(CFSR & 0x00101010) && top >= (uint32_t)__stack_limit && top < (uint32_t)__stack_top;
  if (top - (uint32_t)fault_stack <= sizeof(fault_stack)) {
    PrintText("fault while a fault was reported");
  } else if (has_frame && StackIsIntact()) {
    PrintFault(exception < 14 ? exception : 14);
  } else {
    PrintText("stack overflow");
  }
  const uint32_t registers[] = {exception, CFSR, HFSR, top};
  PrintRegisters("\n  exception \0  CFSR \0  HFSR \0  sp \0", registers);
  if (CFSR & 0x80) PrintRegisters("  MMFAR \0", (const uint32_t*)&MMFAR);
  if (CFSR & 0x8000) PrintRegisters("  BFAR \0", (const uint32_t*)&BFAR);
#if __ARM_ARCH >= 8
  if (exception == 7) PrintRegisters("  SFSR \0", (const uint32_t*)&SFSR);
  if (exception == 7 && SFSR & 0x40) PrintRegisters("  SFAR \0", (const uint32_t*)&SFAR);
#endif
  if (has_frame) {
    PrintRegisters("\n  r0 \0  r1 \0  r2 \0  r3 \0\n  r12 \0  lr \0  pc \0",
                   (const uint32_t*)frame);
  }
  PrintText("\n");
  BoardExit(kExitFault);
}

// Every exception ends here: nothing enables an interrupt.
__attribute__((naked)) static void OnException(void) {
  __asm__ volatile(
      "mrs r0, msp\n"
      "mrs r1, ipsr\n"
#if __ARM_ARCH >= 8
      "movs r2, #0\n"
      "msr msplim, r2\n"
#endif
      "ldr r2, =fault_stack + 512\n"
      "msr msp, r2\n"
      "b ReportFault\n"
      ".ltorg\n");
}

// --- start -------------------------------------------------------------------------------------------

#if __ARM_ARCH == 7
#define MPU_CTRL SYSTEM_REGISTER(0xe000ed94)
#define MPU_RNR SYSTEM_REGISTER(0xe000ed98)
#define MPU_RBAR SYSTEM_REGISTER(0xe000ed9c)
#define MPU_RASR SYSTEM_REGISTER(0xe000eda0)

enum {
  kEnable = 1,
  kSize64 = 5 << 1,
  kSize4K = 11 << 1,
  kNeverExecute = 1 << 28,
  kUseDefaultMap = 1 << 2
};

// A region of the memory protection unit in which nobody may read or write.
static void Forbid(uint32_t region, uint32_t address, uint32_t size) {
  MPU_RNR = region;
  MPU_RBAR = address;
  MPU_RASR = kNeverExecute | size | kEnable;
}

// Armv7-M has no limit register of the stack. Instead the 4 KB below it, which are not RAM, are forbidden; and so is
// what a null pointer points to: the vector table, if it lies there. The core itself reads it all the same.
static void GuardMemory(void) {
  Forbid(0, (uint32_t)__stack_limit - 0x1000, kSize4K);
  Forbid(1, 0, kSize64);
  MPU_CTRL = kUseDefaultMap | kEnable;
  __asm__ volatile("dsb\nisb" : : : "memory");
}
#else
static void GuardMemory(void) {}
#endif

extern const void* const kVectors[16];

__attribute__((used)) static _Noreturn void Start(void) {
  // First, so that a fault from here on can be printed. What ran before, a boot ROM or a bootloader, may have
  // left its own vector table.
  VTOR = (uint32_t)kVectors;
  // Its interrupts, too.
  SYST_CSR = 0;
  for (int i = 0; i < 16; ++i) NVIC_ICER[i] = 0xffffffff;
  BoardInit();
  GuardMemory();
  // Each fault by its own name instead of as a hard fault, the secure one of Armv8-M, too; a division by zero is one.
  SHCSR |= 15u << 16;
  // The compiler and memcpy read and write words that are not aligned.
  CCR = (CCR & ~(1u << 3)) | 1u << 4;
  RunProgram();
}

// Before any C: the stack, which a bootloader may have left elsewhere, and its limit; the FPU, which the compiler may use
// in every function; and paint on all of the memory that the program has: what is not initialized later does not
// look as if it were.
__attribute__((naked)) void OnReset(void) {
  __asm__ volatile(
      "movs r0, #0\n"
#if __ARM_ARCH >= 8
      "msr msplim, r0\n"
#endif
      // Privileged, on the main stack.
      "msr control, r0\n"
      "isb\n"
      "ldr r0, =__stack_top\n"
      "msr msp, r0\n"
#if defined(__ARM_FP) || defined(__ARM_FEATURE_MVE)
      "ldr r0, =0xe000ed88\n"  // CPACR
      "ldr r1, [r0]\n"
      "orr r1, r1, #0xf00000\n"
      "str r1, [r0]\n"
      "dsb\n"
      "isb\n"
#endif
      "ldr r0, =__stack_limit\n"
#if __ARM_ARCH >= 8
      "msr msplim, r0\n"
#endif
      "ldr r1, =__bss_end\n"
      "ldr r2, =0xa5a5a5a5\n"
      "1: cmp r0, r1\n"
      "bhs 2f\n"
      "str r2, [r0], #4\n"
      "b 1b\n"
      "2: b Start\n"
      ".ltorg\n");
}

__attribute__((section(".vectors"), used)) const void* const kVectors[16] = {
    __stack_top,        (void*)OnReset,     (void*)OnException, (void*)OnException,
    (void*)OnException, (void*)OnException, (void*)OnException, (void*)OnException,
    (void*)OnException, (void*)OnException, (void*)OnException, (void*)OnException,
    (void*)OnException, (void*)OnException, (void*)OnException, (void*)OnException,
};
