// SPDX-License-Identifier: Apache-2.0

#include "mnist_micro/host/json.h"

#include <string>

#include "gtest/gtest.h"

namespace mnist_micro::host {
namespace {

TEST(JsonTest, TextIsQuoted) {
  EXPECT_EQ(JsonString(""), R"("")");
  EXPECT_EQ(JsonString(R"(a "b" \c/)"), R"("a \"b\" \\c/")");
}

TEST(JsonTest, ControlCharactersAreEscaped) {
  EXPECT_EQ(JsonString(std::string("\n\0\x1f", 3)), R"("\u000a\u0000\u001f")");
}

TEST(JsonTest, Utf8IsKept) {
  EXPECT_EQ(JsonString("\u00e9\u20ac\U0001f600"), "\"\u00e9\u20ac\U0001f600\"");
}

TEST(JsonTest, OtherBytesAreSurrogatesAsInPython) {
  EXPECT_EQ(JsonString("a\xff\x80"), R"("a\udcff\udc80")");
  // Cut, overlong, a surrogate, above the last character.
  EXPECT_EQ(JsonString("\xe2\x82"), R"("\udce2\udc82")");
  EXPECT_EQ(JsonString("\xc0\xaf"), R"("\udcc0\udcaf")");
  EXPECT_EQ(JsonString("\xed\xa0\x80"), R"("\udced\udca0\udc80")");
  EXPECT_EQ(JsonString("\xf4\x90\x80\x80"), R"("\udcf4\udc90\udc80\udc80")");
}

}  // namespace
}  // namespace mnist_micro::host
