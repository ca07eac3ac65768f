// SPDX-License-Identifier: Apache-2.0

// The nRF52840 DK's code on the host, with registers that record: what it writes, in order, word by word as
// it was taken from the Product Specification. Not a test of the hardware.

#include <string>
#include <vector>

#include "firmware/testing/fake_registers.h"
#include "gtest/gtest.h"
// clang-format off: it comes after the registers that it is given.
#include "firmware/boards/nrf52840_dk/board.c"
// clang-format on

namespace {

using Writes = std::vector<std::string>;

const Writes kStart = {
    "40000000 = 1",         // CLOCK: TASKS_HFCLKSTART.
    "50000508 = 40",        // P0: OUTSET 6.
    "50000518 = 40",        // P0: DIRSET 6.
    "4000250c = 6",         // UART: PSEL.TXD = P0.06.
    "40002514 = ffffffff",  // PSEL.RXD,
    "40002508 = ffffffff",  // PSEL.RTS,
    "40002510 = ffffffff",  // PSEL.CTS: disconnected.
    "40002524 = 1d7e000",   // BAUDRATE: 115200.
    "4000256c = 0",         // CONFIG.
    "40002500 = 4",         // ENABLE.
    "40002008 = 1",         // TASKS_STARTTX.
};

// Starts the board. Of its waits, from 0 on, one may fail.
Writes Start(int failing_wait = -1) {
  fake::chip = {};
  fake::chip.failing_wait = failing_wait;
  fake::printed.clear();
  BoardInit();
  return fake::chip.writes;
}

TEST(Board, Starts) {
  EXPECT_EQ(Start(), kStart);
  EXPECT_EQ(fake::printed, "");
}

TEST(Board, GoesOnWithoutTheCrystal) {
  EXPECT_EQ(Start(0), kStart);
  EXPECT_EQ(fake::printed, "clock: the crystal did not start: 64 MHz of the internal oscillator\n");
}

TEST(Board, KeepsTheDebugPortAsUicrSays) {
  for (std::uint32_t revision : {4, 5, 6}) {
    fake::chip = {};
    fake::chip.values[0x10000130] = 8;
    fake::chip.values[0x10000134] = revision;
    fake::chip.values[0x10001208] = 0x5a;
    BoardInit();
    EXPECT_EQ(fake::chip.writes.front() == "40000558 = 5a", revision >= 5) << revision;
  }
}

TEST(Board, PutsBytes) {
  Start();
  fake::chip.writes.clear();
  BoardPutByte('\xff');
  EXPECT_EQ(fake::chip.writes, (Writes{"4000211c = 0", "4000251c = ff"}));  // EVENTS_TXDRDY, TXD.
}

TEST(Board, HasNoArgumentsAndSaysItsExitCode) {
  char** arguments;
  EXPECT_EQ(BoardArguments(&arguments), 0);
  EXPECT_THROW(BoardExit(3), int);
}

}  // namespace
