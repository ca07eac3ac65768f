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

// Names the fault by the bits of CFSR and HFSR.
static const char* FaultName(uint32_t exception) {
  const uint32_t status = CFSR;
  if (exception == 2) return "non-maskable interrupt";
  if (exception == 7) return "secure fault: the other security state's memory or code";
  if (exception == 11) return "svc instruction, which nobody handles";
  if (exception == 12) return "debug exception without a debugger";
  if (exception >= 14) return "interrupt that nobody handles";
  if (status & 0x0082) return "memory fault: a data access that is not allowed";
  if (status & 0x0001) return "memory fault: code where none may run";
  if (status & 0x0038) return "memory fault: no stack for an exception";
  if (status & 0x8600) return "bus fault: no memory at a data address";
  if (status & 0x0100) return "bus fault: no memory at a code address";
  if (status & 0x3800) return "bus fault: no stack for an exception";
  if (status & 0x00010000) return "usage fault: undefined instruction";
  if (status & 0x00020000) return "usage fault: jump to an address that is not Thumb code";
  if (status & 0x00040000) return "usage fault: return from an exception that is not one";
  if (status & 0x00080000) return "usage fault: the coprocessor or FPU is off";
  if (status & 0x00100000) return "usage fault: stack overflow";
  if (status & 0x01000000) return "usage fault: unaligned access";
  if (status & 0x02000000) return "usage fault: division by zero";
  if (HFSR & 0x80000000) return "hard fault: semihosting without an emulator or a debugger";
  if (HFSR & 0x2) return "hard fault: the vector table can't be read";
  return "fault";
}

// A fresh stack for the report: its own may be what is broken.
static uint32_t fault_stack[128] __attribute__((aligned(8), used));

// Called with the frame of what was interrupted; the stack below it may be gone.
__attribute__((used)) static void ReportFault(const struct Frame* frame, uint32_t exception) {
  PrintText("\nFAULT: ");
  const uint32_t top = (uint32_t)frame;
  // Without room on the stack the core pushes nothing: while it stacks, or at the limit of Armv8-M.
  const int stacked = !(CFSR & 0x00101010);
  const int in_stack = top >= (uint32_t)__stack_limit && top < (uint32_t)__stack_top;
  const int in_report =
      frame >= (const struct Frame*)fault_stack && top <= (uint32_t)(fault_stack + 128);
  const int has_frame = stacked && in_stack;
  if (in_report) {
    PrintText("fault while a fault was reported");
  } else {
    PrintText(stacked && in_stack && StackIsIntact() ? FaultName(exception) : "stack overflow");
  }
  PrintRegister("\n  exception ", exception);
  PrintRegister("  CFSR ", CFSR);
  PrintRegister("  HFSR ", HFSR);
  if (CFSR & 0x80) PrintRegister("  MMFAR ", MMFAR);
  if (CFSR & 0x8000) PrintRegister("  BFAR ", BFAR);
#if __ARM_ARCH >= 8
  if (exception == 7) PrintRegister("  SFSR ", SFSR);
  if (exception == 7 && SFSR & 0x40) PrintRegister("  SFAR ", SFAR);
#endif
  PrintRegister("\n  sp ", top);
  if (has_frame) {
    PrintRegister("  pc ", frame->pc);
    PrintRegister("  lr ", frame->lr);
    PrintRegister("\n  r0 ", frame->r0);
    PrintRegister("  r1 ", frame->r1);
    PrintRegister("  r2 ", frame->r2);
    PrintRegister("  r3 ", frame->r3);
    PrintRegister("  r12 ", frame->r12);
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
