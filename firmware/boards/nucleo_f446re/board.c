// SPDX-License-Identifier: Apache-2.0

// ST's Nucleo-64 with an STM32F446RE. The registers and sequences are those of RM0390, "STM32F446xx advanced
// Arm-based 32-bit MCUs"; each function names the chapter. Compiled in CI; not run on hardware here.

#include "firmware/runtime/board.h"

#include <stdint.h>

#include "firmware/runtime/print.h"
#include "firmware/runtime/registers.h"
#include "firmware/runtime/stop.h"

#define RCC_CR REGISTER(0x40023800)
#define RCC_PLLCFGR REGISTER(0x40023804)
#define RCC_CFGR REGISTER(0x40023808)
#define RCC_AHB1ENR REGISTER(0x40023830)
#define RCC_APB1ENR REGISTER(0x40023840)
#define PWR_CR REGISTER(0x40007000)
#define PWR_CSR REGISTER(0x40007004)
#define FLASH_ACR REGISTER(0x40023c00)
#define GPIOA_MODER REGISTER(0x40020000)
#define GPIOA_AFRL REGISTER(0x40020020)
#define USART2_SR REGISTER(0x40004400)
#define USART2_DR REGISTER(0x40004404)
#define USART2_BRR REGISTER(0x40004408)
#define USART2_CR1 REGISTER(0x4000440c)

enum { kBaudRate = 115200, kInternalHz = 16000000, kSystemHz = 180000000 };

// PLL: 16 MHz / M = 2 MHz, which the manual recommends; × N = 360 MHz; / P = 180 MHz. Q must give at most 48 MHz
// although nothing uses it, and R at least 2.
enum { kM = 8, kN = 180, kP = 2, kQ = 8, kR = 2 };
_Static_assert(kInternalHz / kM * kN / kP == kSystemHz, "the PLL gives another frequency");

// The buses of the peripherals: at most 45 and 90 MHz.
enum { kApb1Divider = 4 };
enum { kApb1By4 = 5 << 10, kApb2By2 = 4 << 13, kDividers = 7 << 10 | 7 << 13 };

enum { kPllOn = 1 << 24, kPllReady = 1 << 25 };
enum { kSwitch = 3, kSwitchStatus = 3 << 2, kPll = 2, kPllStatus = 2 << 2 };

// "Reset and clock control (RCC)", "Power controller (PWR)": "Entering Over-drive mode", and "Embedded Flash
// memory interface": "Relation between CPU clock frequency and Flash memory read time". From the internal
// oscillator, which is running after a reset, to 180 MHz. Returns 0 if a step does not happen; then the internal
// oscillator still is the clock.
static int StartPll(void) {
  enum { kPowerClock = 1 << 28, kScale1 = 3 << 14 };
  enum { kOverDrive = 1 << 16, kOverDriveSwitch = 1 << 17 };  // In CR, and as "ready" in CSR.
  enum { kWaitStates = 5, kLatency = 15, kPrefetch = 1 << 8, kCaches = 3 << 9 };

  RCC_APB1ENR |= kPowerClock;
  (void)RCC_APB1ENR;  // A clock needs two cycles until its registers can be written.
  PWR_CR |= kScale1;
  RCC_PLLCFGR = kM | kN << 6 | (kP / 2 - 1) << 16 | kQ << 24 | kR << 28;
  RCC_CR |= kPllOn;
  PWR_CR |= kOverDrive;
  if (!WaitForBits(&PWR_CSR, kOverDrive, kOverDrive)) return 0;
  PWR_CR |= kOverDriveSwitch;
  if (!WaitForBits(&PWR_CSR, kOverDriveSwitch, kOverDriveSwitch)) return 0;
  FLASH_ACR = kWaitStates | kPrefetch | kCaches;
  if (!WaitForBits(&FLASH_ACR, kLatency, kWaitStates)) return 0;
  if (!WaitForBits(&RCC_CR, kPllReady, kPllReady)) return 0;
  RCC_CFGR = (RCC_CFGR & ~(uint32_t)kDividers) | kApb1By4 | kApb2By2;
  RCC_CFGR = (RCC_CFGR & ~(uint32_t)kSwitch) | kPll;
  return WaitForBits(&RCC_CFGR, kSwitchStatus, kPllStatus);
}

// Back to the internal oscillator, whatever StartPll got to. The wait states may stay: they only cost time.
static void StopPll(void) {
  RCC_CFGR &= ~(uint32_t)(kSwitch | kDividers);
  WaitForBits(&RCC_CFGR, kSwitchStatus, 0);
  RCC_CR &= ~(uint32_t)kPllOn;
}

// "General-purpose I/Os (GPIO)" and "Universal synchronous receiver transmitter (USART)": USART2 on PA2, its
// alternate function 7, which solder bridge SB13 connects to the ST-LINK.
static void StartUart(uint32_t bus_hz) {
  enum { kGpioAClock = 1 << 0, kUsart2Clock = 1 << 17 };
  enum { kUartEnable = 1 << 13, kTransmitEnable = 1 << 3 };

  RCC_AHB1ENR |= kGpioAClock;
  RCC_APB1ENR |= kUsart2Clock;
  (void)RCC_APB1ENR;
  GPIOA_AFRL = (GPIOA_AFRL & ~(15u << 8)) | 7u << 8;
  GPIOA_MODER = (GPIOA_MODER & ~(3u << 4)) | 2u << 4;
  USART2_BRR = (bus_hz + kBaudRate / 2) / kBaudRate;
  USART2_CR1 = kUartEnable | kTransmitEnable;
}

void BoardInit(void) {
  if (StartPll()) {
    StartUart(kSystemHz / kApb1Divider);
  } else {
    StopPll();
    StartUart(kInternalHz);
    PrintText("clock: the PLL did not start: 16 MHz instead of 180 MHz\n");
  }
}

void BoardPutByte(char byte) {
  enum { kTransmitEmpty = 1 << 7 };
  if (WaitForBits(&USART2_SR, kTransmitEmpty, kTransmitEmpty)) USART2_DR = (uint8_t)byte;
}

int BoardArguments(char*** arguments) {
  *arguments = 0;
  return 0;
}

_Noreturn void BoardExit(int code) { StopWithCode(code); }
