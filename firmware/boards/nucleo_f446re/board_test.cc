// SPDX-License-Identifier: Apache-2.0

// The Nucleo's code on the host, with registers that record: what it writes, in order, word by word as
// it was taken from RM0390. Not a test of the hardware.

#include <string>
#include <vector>

#include "firmware/testing/fake_registers.h"
#include "gtest/gtest.h"
// clang-format off: it comes after the registers that it is given.
#include "firmware/boards/nucleo_f446re/board.c"
// clang-format on

namespace {

using Writes = std::vector<std::string>;

const Writes kToOverDrive = {
    "40023840 = 10000000",  // RCC_APB1ENR: PWREN.
    "40007000 = c000",      // PWR_CR: VOS = scale 1.
    "40023804 = 28002d08",  // RCC_PLLCFGR: R = 2, Q = 8, HSI, P = /2, N = 180, M = 8.
    "40023800 = 1000000",   // RCC_CR: PLLON.
    "40007000 = 1c000",     // PWR_CR: ODEN.
};

const Writes kToPll = {
    "40007000 = 3c000",  // PWR_CR: ODSWEN.
    "40023c00 = 705",    // FLASH_ACR: data and instruction caches, prefetch, 5 wait states.
    "40023808 = 9400",   // RCC_CFGR: PPRE2 = /2, PPRE1 = /4.
    "40023808 = 9402",   // SW = PLL.
};

Writes Uart(const std::string& divider) {
  return {
      "40023830 = 1",           // RCC_AHB1ENR: GPIOAEN.
      "40023840 = 10020000",    // RCC_APB1ENR: USART2EN, too.
      "40020020 = 700",         // GPIOA_AFRL: PA2 = AF7.
      "40020000 = 20",          // GPIOA_MODER: PA2 = alternate function.
      "40004408 = " + divider,  // USART2_BRR.
      "4000440c = 2008",        // USART2_CR1: UE, TE.
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
  // 45 MHz / 391 = 115,090 baud.
  EXPECT_EQ(Start(), Joined({kToOverDrive, kToPll, Uart("187")}));
  EXPECT_EQ(fake::printed, "");
}

TEST(Board, GoesOnWithoutOverDrive) {
  // RCC_CFGR: SW = HSI, no dividers; RCC_CR: PLL off. 16 MHz / 139 = 115,108 baud.
  const Writes stop = {"40023808 = 0", "40023800 = 0"};
  EXPECT_EQ(Start(0), Joined({kToOverDrive, stop, Uart("8b")}));
  EXPECT_EQ(fake::printed, "clock: the PLL did not start: 16 MHz instead of 180 MHz\n");
}

TEST(Board, GoesOnWhateverStepFails) {
  for (int wait = 0; wait < 5; ++wait) {
    const Writes writes = Start(wait);
    const Writes last(writes.end() - 6, writes.end());
    EXPECT_EQ(last, Uart("8b")) << wait;
    EXPECT_EQ(fake::chip.values[0x40023800] & 0x01000000, 0u) << wait;
    EXPECT_EQ(fake::chip.values[0x40023808], 0u) << wait;
    EXPECT_NE(fake::printed, "") << wait;
  }
  Start(5);
  EXPECT_EQ(fake::printed, "") << "there is a sixth wait";
}

TEST(Board, PutsBytes) {
  Start();
  BoardPutByte('\xff');
  EXPECT_EQ(fake::chip.writes.back(), "40004404 = ff");  // USART2_DR.
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
