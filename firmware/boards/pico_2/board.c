// SPDX-License-Identifier: Apache-2.0

// Raspberry Pi Pico 2, with the RP2350's Cortex-M33 or its RISC-V core. The registers and sequences are those of
// the "RP2350 Datasheet"; each function names the section. Compiled in CI; not run on hardware here.

#include "firmware/runtime/board.h"

#include <stdint.h>

#include "firmware/runtime/print.h"
#include "firmware/runtime/registers.h"
#include "firmware/runtime/stop.h"

// Where the same register takes bits to set or to clear: "Atomic register access".
#define SET(address) REGISTER((address) + 0x2000)
#define CLEAR(address) REGISTER((address) + 0x3000)

enum {
  kClkRefCtrl = 0x40010030,
  kClkRefSelected = 0x40010038,
  kClkSysCtrl = 0x4001003c,
  kClkSysSelected = 0x40010044,
  kClkPeriCtrl = 0x40010048,
  kReset = 0x40020000,
  kResetDone = 0x40020008,
  kGpio0Ctrl = 0x40028004,
  kGpio0Pad = 0x40038004,
  kXoscCtrl = 0x40048000,
  kXoscStatus = 0x40048004,
  kXoscStartup = 0x4004800c,
  kPllCs = 0x40050000,
  kPllPwr = 0x40050004,
  kPllFbdivInt = 0x40050008,
  kPllPrim = 0x4005000c,
  kUartDr = 0x40070000,
  kUartFr = 0x40070018,
  kUartIbrd = 0x40070024,
  kUartFbrd = 0x40070028,
  kUartLcrH = 0x4007002c,
  kUartCr = 0x40070030,
};

enum { kBaudRate = 115200, kCrystalHz = 12000000, kSystemHz = 150000000 };

// PLL: 12 MHz × 125 = 1500 MHz; / 5 / 2 = 150 MHz.
enum { kFeedback = 125, kDivider1 = 5, kDivider2 = 2 };
_Static_assert(kCrystalHz / 1000 * kFeedback / kDivider1 / kDivider2 == kSystemHz / 1000,
               "the PLL gives another frequency");

enum {
  kResetIoBank0 = 1 << 6,
  kResetPadsBank0 = 1 << 9,
  kResetPllSys = 1 << 14,
  kResetUart0 = 1 << 26
};

// "Subsystem resets".
static int Unreset(uint32_t subsystems) {
  CLEAR(kReset) = subsystems;
  return WaitForBits(&REGISTER(kResetDone), subsystems, subsystems);
}

// "Crystal oscillator (XOSC)", and "Clocks": the reference clock from the crystal, and for now the system clock
// from the reference clock, in case that a debugger restarts the program. Returns 0 if it does not start.
static int StartCrystal(void) {
  enum { kRange1To15Mhz = 0xaa0, kEnable = 0xfab << 12 };
  enum { kSource = 3, kFromCrystal = 2 };
  const uint32_t stable = 1u << 31;

  CLEAR(kClkSysCtrl) = 1;
  if (!WaitForBits(&REGISTER(kClkSysSelected), 1, 1)) return 0;
  REGISTER(kXoscCtrl) = kRange1To15Mhz;
  REGISTER(kXoscStartup) = 47;  // × 256 periods: 1 ms.
  SET(kXoscCtrl) = kEnable;
  if (!WaitForBits(&REGISTER(kXoscStatus), stable, stable)) return 0;
  REGISTER(kClkRefCtrl) = (REGISTER(kClkRefCtrl) & ~(uint32_t)kSource) | kFromCrystal;
  return WaitForBits(&REGISTER(kClkRefSelected), 1 << kFromCrystal, 1 << kFromCrystal);
}

// "PLL": "Programming sequence", then "Clocks": the system clock from it. Returns 0 if a step does not happen;
// then the crystal still is the clock.
static int StartPll(void) {
  enum { kPowerDown = 1 << 0, kPostDividerPowerDown = 1 << 3, kVcoPowerDown = 1 << 5 };
  enum { kAuxSource = 7 << 5, kFromAux = 1 };
  const uint32_t locked = 1u << 31;

  SET(kReset) = kResetPllSys;
  if (!Unreset(kResetPllSys)) return 0;
  REGISTER(kPllCs) = 1;
  REGISTER(kPllFbdivInt) = kFeedback;
  CLEAR(kPllPwr) = kPowerDown | kVcoPowerDown;
  if (!WaitForBits(&REGISTER(kPllCs), locked, locked)) return 0;
  REGISTER(kPllPrim) = kDivider1 << 16 | kDivider2 << 12;
  CLEAR(kPllPwr) = kPostDividerPowerDown;
  CLEAR(kClkSysCtrl) = kAuxSource;  // 0: PLL_SYS.
  SET(kClkSysCtrl) = kFromAux;
  if (WaitForBits(&REGISTER(kClkSysSelected), 1 << kFromAux, 1 << kFromAux)) return 1;
  CLEAR(kClkSysCtrl) = kFromAux;
  return 0;
}

// "GPIO" and "UART": UART0 on GPIO 0, with the system clock.
static void StartUart(uint32_t clock_hz) {
  enum { kPeriEnable = 1 << 11, kPeriAuxSource = 7 << 5 };
  enum { kFunctionUart = 2, kIsolated = 1 << 8, kOutputDisable = 1 << 7 };
  enum { k8Bits = 3 << 5, kFifo = 1 << 4, kUartEnable = 1 << 0, kTransmitEnable = 1 << 8 };

  CLEAR(kClkPeriCtrl) = kPeriEnable;
  CLEAR(kClkPeriCtrl) = kPeriAuxSource;  // 0: the system clock.
  SET(kClkPeriCtrl) = kPeriEnable;
  SET(kReset) = kResetUart0;
  Unreset(kResetIoBank0 | kResetPadsBank0 | kResetUart0);

  // The divider is clock / (16 × baud rate), in 64ths: here rounded.
  const uint32_t divider = (clock_hz * 4 + kBaudRate / 2) / kBaudRate;
  REGISTER(kUartIbrd) = divider / 64;
  REGISTER(kUartFbrd) = divider % 64;
  REGISTER(kUartLcrH) = k8Bits | kFifo;
  REGISTER(kUartCr) = kUartEnable | kTransmitEnable;

  CLEAR(kGpio0Pad) = kOutputDisable;
  REGISTER(kGpio0Ctrl) = kFunctionUart;
  CLEAR(kGpio0Pad) = kIsolated;
}

void BoardInit(void) {
  const int has_crystal = StartCrystal();
  if (has_crystal && StartPll()) {
    StartUart(kSystemHz);
    return;
  }
  StartUart(kCrystalHz);
  // Without the crystal the clock is the ring oscillator, of about 11 MHz: then this may not be readable.
  PrintText(has_crystal ? "clock: the PLL did not start: 12 MHz instead of 150 MHz\n"
                        : "clock: the crystal did not start: the ring oscillator instead\n");
}

void BoardPutByte(char byte) {
  enum { kTransmitFull = 1 << 5 };
  if (WaitForBits(&REGISTER(kUartFr), kTransmitFull, 0)) REGISTER(kUartDr) = (uint8_t)byte;
}

int BoardArguments(char*** arguments) {
  *arguments = 0;
  return 0;
}

_Noreturn void BoardExit(int code) { StopWithCode(code); }
