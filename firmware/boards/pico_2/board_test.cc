// SPDX-License-Identifier: Apache-2.0

// The Pico 2's code on the host, with registers that record: what it writes, in order, word by word as
// it was taken from the RP2350 Datasheet. Not a test of the hardware.

#include <string>
#include <vector>

#include "firmware/testing/fake_registers.h"
#include "gtest/gtest.h"
// clang-format off: it comes after the registers that it is given.
#include "firmware/boards/pico_2/board.c"
// clang-format on

namespace {

using Writes = std::vector<std::string>;

// A register at its address + 0x2000 sets bits, and at + 0x3000 clears them.
const Writes kToCrystal = {
    "4001303c = 1",       // CLK_SYS_CTRL: SRC = clk_ref.
    "40048000 = aa0",     // XOSC CTRL: 1 to 15 MHz.
    "4004800c = 2f",      // XOSC STARTUP.
    "4004a000 = fab000",  // XOSC CTRL: enable.
    "40010030 = 2",       // CLK_REF_CTRL: SRC = XOSC.
};

const Writes kToPll = {
    "40022000 = 4000",   // RESETS: PLL_SYS into
    "40023000 = 4000",   // and out of reset.
    "40050000 = 1",      // PLL_SYS CS: REFDIV = 1.
    "40050008 = 7d",     // FBDIV_INT = 125.
    "40053004 = 21",     // PWR: PD and VCOPD off.
    "4005000c = 52000",  // PRIM: POSTDIV1 = 5, POSTDIV2 = 2.
    "40053004 = 8",      // PWR: POSTDIVPD off.
    "4001303c = e0",     // CLK_SYS_CTRL: AUXSRC = PLL_SYS,
    "4001203c = 1",      // SRC = AUX.
};

Writes Uart(const std::string& whole, const std::string& fraction) {
  return {
      "40013048 = 800",          // CLK_PERI_CTRL: off,
      "40013048 = e0",           // AUXSRC = clk_sys,
      "40012048 = 800",          // on.
      "40022000 = 4000000",      // RESETS: UART0 into reset;
      "40023000 = 4000240",      // UART0, PADS_BANK0 and IO_BANK0 out of it.
      "40070024 = " + whole,     // UARTIBRD.
      "40070028 = " + fraction,  // UARTFBRD.
      "4007002c = 70",           // UARTLCR_H: 8 bits, FIFO.
      "40070030 = 101",          // UARTCR: TXE, UARTEN.
      "4003b004 = 80",           // GPIO0's pad: OD off.
      "40028004 = 2",            // GPIO0_CTRL: UART0 TX.
      "4003b004 = 100",          // GPIO0's pad: ISO off.
  };
}

Writes Joined(const std::vector<Writes>& parts) {
  Writes all;
  for (const Writes& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

// Starts the board. Of its waits, from 0 on, one may fail.
Writes Start(int failing_wait = -1) {
  fake::chip = {};
  fake::chip.failing_wait = failing_wait;
  fake::printed.clear();
  BoardInit();
  return fake::chip.writes;
}

TEST(Board, Starts) {
  // 150 MHz / (16 × 81 24/64) = 115,207 baud.
  EXPECT_EQ(Start(), Joined({kToCrystal, kToPll, Uart("51", "18")}));
  EXPECT_EQ(fake::printed, "");
}

TEST(Board, GoesOnWithoutThePll) {
  for (int wait = 3; wait < 6; ++wait) {
    const Writes writes = Start(wait);
    const Writes last(writes.end() - 12, writes.end());
    // 12 MHz / (16 × 6 33/64) = 115,108 baud.
    EXPECT_EQ(last, Uart("6", "21")) << wait;
    EXPECT_EQ(fake::printed, "clock: the PLL did not start: 12 MHz instead of 150 MHz\n");
  }
  // It did not switch: back to clk_ref.
  EXPECT_EQ(Start(5), Joined({kToCrystal, kToPll, {"4001303c = 1"}, Uart("6", "21")}));
}

TEST(Board, GoesOnWithoutTheCrystal) {
  for (int wait = 0; wait < 3; ++wait) {
    Start(wait);
    EXPECT_EQ(fake::printed, "clock: the crystal did not start: the ring oscillator instead\n");
  }
}

TEST(Board, PutsBytes) {
  Start();
  BoardPutByte('\xff');
  EXPECT_EQ(fake::chip.writes.back(), "40070000 = ff");  // UARTDR.
  fake::chip.failing_wait = fake::chip.waits;
  fake::chip.writes.clear();
  BoardPutByte('a');
  EXPECT_EQ(fake::chip.writes, Writes{});
}

TEST(Board, HasNoArgumentsAndSaysItsExitCode) {
  char** arguments;
  EXPECT_EQ(BoardArguments(&arguments), 0);
  EXPECT_THROW(BoardExit(3), int);
}

}  // namespace
