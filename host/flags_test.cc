// SPDX-License-Identifier: Apache-2.0

#include "mnist_micro/host/flags.h"

#include <cstdlib>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace mnist_micro::host {
namespace {

struct Values {
  bool on = false;
  std::string text, path;
  std::vector<std::string> texts;
  unsigned long long number = 7;
  double seconds = 1;
  std::vector<std::string> others;
};

std::string Parse(std::vector<std::string> arguments, Values& values, bool with_others = true) {
  std::string program = "program";
  std::vector<char*> argv = {program.data()};
  for (std::string& argument : arguments) argv.push_back(argument.data());
  return ParseFlags(
      static_cast<int>(argv.size()), argv.data(),
      {SwitchFlag("--on", values.on), TextFlag("--text", values.text),
       PathFlag("--path", values.path), TextsFlag("--texts", values.texts),
       NumberFlag("--number", 5, 20, values.number), SecondsFlag("--seconds", values.seconds)},
      with_others ? &values.others : nullptr);
}

class FlagsTest : public testing::Test {
 protected:
  FlagsTest() { unsetenv("BUILD_WORKING_DIRECTORY"); }
  Values values_;
};

TEST_F(FlagsTest, NoArgumentsChangeNothing) {
  EXPECT_EQ(Parse({}, values_), "");
  EXPECT_FALSE(values_.on);
  EXPECT_EQ(values_.number, 7u);
}

TEST_F(FlagsTest, ValuesStandBehindAnEqualsSignOrNext) {
  EXPECT_EQ(Parse({"--text=a=b", "--number", "20", "--on", "--seconds", "0.5"}, values_), "");
  EXPECT_EQ(values_.text, "a=b");
  EXPECT_EQ(values_.number, 20u);
  EXPECT_TRUE(values_.on);
  EXPECT_EQ(values_.seconds, 0.5);
}

TEST_F(FlagsTest, AValueMayLookLikeAFlag) {
  EXPECT_EQ(Parse({"--text", "--on"}, values_), "");
  EXPECT_EQ(values_.text, "--on");
  EXPECT_FALSE(values_.on);
}

TEST_F(FlagsTest, TheLastCountsAndListsGrow) {
  EXPECT_EQ(Parse({"--text=a", "--text=b", "--texts=c", "--texts", "d"}, values_), "");
  EXPECT_EQ(values_.text, "b");
  EXPECT_EQ(values_.texts, (std::vector<std::string>{"c", "d"}));
}

TEST_F(FlagsTest, PathsAreTheUsers) {
  setenv("BUILD_WORKING_DIRECTORY", "/where", 1);
  EXPECT_EQ(Parse({"--path=a", "--texts=b", "--text=c"}, values_), "");
  EXPECT_EQ(values_.path, "/where/a");
  EXPECT_EQ(values_.texts, std::vector<std::string>{"b"});
  EXPECT_EQ(values_.text, "c");
  EXPECT_EQ(Parse({"--path=/b"}, values_), "");
  EXPECT_EQ(values_.path, "/b");
}

TEST_F(FlagsTest, OthersStandAnywhere) {
  EXPECT_EQ(Parse({"a", "--on", "-", "--", "--text", "--"}, values_), "");
  EXPECT_EQ(values_.others, (std::vector<std::string>{"a", "-", "--text", "--"}));
  EXPECT_EQ(values_.text, "");
}

TEST_F(FlagsTest, BadArgumentsAreNamed) {
  const struct {
    std::vector<std::string> arguments;
    std::string message;
  } cases[] = {
      {{"--nothing=1"}, "unknown flag --nothing=1 (--help lists the flags)"},
      {{"-t"}, "unknown flag -t (--help lists the flags)"},
      {{"--text"}, "--text wants a value (--help lists the flags)"},
      {{"--text="}, "--text wants a value (--help lists the flags)"},
      {{"--text", ""}, "--text wants a value (--help lists the flags)"},
      {{"--on=1"}, "--on takes no value (--help lists the flags)"},
      {{"--number=4"}, "--number=4: must be a whole number from 5 to 20"},
      {{"--number", "21"}, "--number=21: must be a whole number from 5 to 20"},
      {{"--number=6x"}, "--number=6x: must be a whole number from 5 to 20"},
      {{"--number=-6"}, "--number=-6: must be a whole number from 5 to 20"},
      {{"--number= 6"}, "--number= 6: must be a whole number from 5 to 20"},
      // 2^64 + 6.
      {{"--number=18446744073709551622"},
       "--number=18446744073709551622: must be a whole number from 5 to 20"},
      {{"--seconds=x"}, "--seconds=x: must be a number of seconds"},
      {{"--seconds=-1"}, "--seconds=-1: must be a number of seconds"},
      {{"--seconds=inf"}, "--seconds=inf: must be a number of seconds"},
      {{"--seconds=nan"}, "--seconds=nan: must be a number of seconds"},
  };
  for (const auto& [arguments, message] : cases) EXPECT_EQ(Parse(arguments, values_), message);
  EXPECT_EQ(Parse({"a"}, values_, false), "unknown argument a (--help lists the flags)");
}

}  // namespace
}  // namespace mnist_micro::host
