// SPDX-License-Identifier: Apache-2.0

#include "mnist_micro/inference/printing.h"

#include <cstdint>
#include <cstdio>
#include <limits>
#include <string>
#include <utility>

#include "gtest/gtest.h"

namespace mnist_micro::inference {
namespace {

std::string printed;

void Keep(const char* text) { printed += text; }

template <typename... Parts>
std::string Printed(Parts... parts) {
  Print(Keep, parts...);
  return std::exchange(printed, "");
}

TEST(Print, TextsAndNumbersInTurn) {
  EXPECT_EQ(Printed("a", 1, " ", -2, "b", std::size_t{3}), "a1 -2b3");
  EXPECT_EQ(Printed(), "");
}

TEST(Print, TheLargestNumbers) {
  EXPECT_EQ(Printed(std::numeric_limits<std::uint64_t>::max()), "18446744073709551615");
  EXPECT_EQ(Printed(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808");
  EXPECT_EQ(Printed(std::numeric_limits<std::int8_t>::min()), "-128");
  EXPECT_EQ(Printed(0), "0");
}

TEST(Print, FixedNumbersAsPrintf) {
  for (const float value :
       {0.0f, 1.0f, 0.003921569f, 0.00390625f, -0.5f, 12.9999999f, 1234.5678f}) {
    for (const int digits : {0, 1, 6}) {
      char expected[64];
      std::snprintf(expected, sizeof(expected), "%.*f", digits, static_cast<double>(value));
      // Half to even there, up here.
      if (digits == 0 && value == -0.5f) continue;
      EXPECT_EQ(Printed(Fixed{value, digits}), expected) << value << " " << digits;
    }
  }
}

TEST(Print, WhatHasNoDigits) {
  EXPECT_EQ(Printed(Fixed{std::numeric_limits<double>::quiet_NaN(), 6}), "nan");
  EXPECT_EQ(Printed(Fixed{std::numeric_limits<double>::infinity(), 6}), "huge");
  EXPECT_EQ(Printed(Fixed{-4294967296.0, 6}), "-huge");
  EXPECT_EQ(Printed(Fixed{4294967295.0, 9}), "4294967295.000000000");
}

}  // namespace
}  // namespace mnist_micro::inference
