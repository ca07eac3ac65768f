// SPDX-License-Identifier: Apache-2.0

// Nordic's nRF52840 DK (PCA10056). The registers and sequences are those of the "nRF52840 Product Specification";
// each function names the chapter. Compiled in CI; not run on hardware here.

#include "firmware/runtime/board.h"

#include <stdint.h>

#include "firmware/runtime/print.h"
#include "firmware/runtime/registers.h"
#include "firmware/runtime/stop.h"

#define CLOCK_TASKS_HFCLKSTART REGISTER(0x40000000)
#define CLOCK_HFCLKSTAT REGISTER(0x4000040c)
#define APPROTECT_DISABLE REGISTER(0x40000558)
#define UICR_APPROTECT REGISTER(0x10001208)
#define GPIO_P0_OUTSET REGISTER(0x50000508)
#define GPIO_P0_DIRSET REGISTER(0x50000518)
#define UART_TASKS_STARTTX REGISTER(0x40002008)
#define UART_EVENTS_TXDRDY REGISTER(0x4000211c)
#define UART_ENABLE REGISTER(0x40002500)
#define UART_PSEL_RTS REGISTER(0x40002508)
#define UART_PSEL_TXD REGISTER(0x4000250c)
#define UART_PSEL_CTS REGISTER(0x40002510)
#define UART_PSEL_RXD REGISTER(0x40002514)
#define UART_TXD REGISTER(0x4000251c)
#define UART_BAUDRATE REGISTER(0x40002524)
#define UART_CONFIG REGISTER(0x4000256c)

// As Nordic's MDK asks for the revision ("configuration 249" of nrf52_erratas.h).
#define CHIP_PART REGISTER(0x10000130)
#define CHIP_REVISION REGISTER(0x10000134)

// "CTRL-AP": "Access port protection". Chips of newer revisions lock the debug port at each reset, until the
// program opens it: else the next program could be flashed only after all of the chip has been erased. Whoever
// has locked it in UICR keeps it locked.
static void KeepDebugPort(void) {
  enum { kNrf52840 = 8, kFirstThatLocks = 5 };
  if (CHIP_PART == kNrf52840 && CHIP_REVISION >= kFirstThatLocks)
    APPROTECT_DISABLE = UICR_APPROTECT;
}

// "CLOCK — Clock control": the core has 64 MHz from the internal oscillator already; from the crystal they are
// exact. Returns 0 if it does not start.
static int StartCrystal(void) {
  enum { kFromCrystal = 1 << 0, kRunning = 1 << 16 };
  CLOCK_TASKS_HFCLKSTART = 1;
  return WaitForBits(&CLOCK_HFCLKSTAT, kFromCrystal | kRunning, kFromCrystal | kRunning);
}

// "UART — Universal asynchronous receiver/transmitter", without DMA: it sends bytes one by one. On P0.06, which
// the board connects to its debugger's virtual COM port.
static void StartUart(void) {
  enum { kTxPin = 6, kEnabled = 4, kBaud115200 = 0x01d7e000 };
  const uint32_t disconnected = 0xffffffff;

  // High while the UART is off, as an idle line is.
  GPIO_P0_OUTSET = 1u << kTxPin;
  GPIO_P0_DIRSET = 1u << kTxPin;
  UART_PSEL_TXD = kTxPin;
  UART_PSEL_RXD = disconnected;
  UART_PSEL_RTS = disconnected;
  UART_PSEL_CTS = disconnected;
  UART_BAUDRATE = kBaud115200;
  UART_CONFIG = 0;  // No parity, one stop bit, no flow control.
  UART_ENABLE = kEnabled;
  UART_TASKS_STARTTX = 1;
}

void BoardInit(void) {
  KeepDebugPort();
  const int started = StartCrystal();
  StartUart();
  if (!started) PrintText("clock: the crystal did not start: 64 MHz of the internal oscillator\n");
}

void BoardPutByte(char byte) {
  UART_EVENTS_TXDRDY = 0;
  UART_TXD = (uint8_t)byte;
  WaitForBits(&UART_EVENTS_TXDRDY, 1, 1);
}

int BoardArguments(char*** arguments) {
  *arguments = 0;
  return 0;
}

_Noreturn void BoardExit(int code) { StopWithCode(code); }
