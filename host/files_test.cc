// SPDX-License-Identifier: Apache-2.0

#include "mnist_micro/host/files.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mnist_micro::host {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

namespace fs = std::filesystem;

class HostFiles : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(std::getenv("TEST_TMPDIR")) /
              ::testing::UnitTest::GetInstance()->current_test_info()->name();
    fs::create_directories(folder_ / "folder");
  }

  std::string Path(const std::string& name) const { return (folder_ / name).string(); }

  void Make(const std::string& name, const std::string& text) const {
    std::ofstream(Path(name)) << text;
  }

  std::string Read(const std::string& name) const {
    std::ifstream file(Path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  std::vector<std::string> Names() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_)) {
      names.push_back(entry.path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  fs::path folder_;
};

TEST_F(HostFiles, WritesAndLeavesNothingElse) {
  EXPECT_EQ(WriteFile(Path("new"), std::string("a\0b", 3)), "");
  EXPECT_EQ(Read("new"), std::string("a\0b", 3));
  Make("old", "old");
  EXPECT_EQ(WriteFile(Path("old"), "new"), "");
  EXPECT_EQ(Read("old"), "new");
  EXPECT_THAT(Names(), ElementsAre("folder", "new", "old"));
}

TEST_F(HostFiles, NamesTheFileThatCannotBeWritten) {
  EXPECT_EQ(WriteFile(Path("folder"), "x"), "cannot write " + Path("folder") + ": Is a directory");
  EXPECT_EQ(WriteFile(Path("no/new"), "x"),
            "cannot write " + Path("no/new") + ": No such file or directory");
  EXPECT_EQ(WriteFile("/dev/full", "x"), "cannot write /dev/full: No space left on device");
  EXPECT_THAT(Names(), ElementsAre("folder"));
}

TEST_F(HostFiles, TakesNamesAsLongAsTheyCanBe) {
  const std::string longest(255, 'n');
  EXPECT_EQ(WriteFile(Path(longest), "x"), "");
  EXPECT_EQ(Read(longest), "x");
}

TEST_F(HostFiles, FollowsLinksAndLeavesDevicesInTheirPlaces) {
  fs::create_symlink("folder/new", Path("link"));
  EXPECT_EQ(WriteFile(Path("link"), "x"), "");
  EXPECT_TRUE(fs::is_symlink(Path("link")));
  EXPECT_EQ(Read("folder/new"), "x");
  EXPECT_EQ(WriteFile("/dev/null", "x"), "");
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
}

TEST_F(HostFiles, RefusesAnOutputThatIsAnInput) {
  Make("in", "precious");
  fs::create_symlink("in", Path("link"));
  fs::create_hard_link(Path("in"), Path("hard"));
  fs::create_symlink(Path("link"), Path("folder/link"));
  for (const char* name : {"in", "folder/../in", "./in", "link", "hard", "folder/link"}) {
    EXPECT_EQ(CheckOutputs({Path("other"), Path("in")}, {"", Path("new"), Path(name)}),
              "cannot write " + Path(name) + ": it is the same file as " + Path("in") +
                  ", which is read: name another one");
  }
}

TEST_F(HostFiles, RefusesTwoOutputsInOneFile) {
  fs::create_symlink("new", Path("link"));
  fs::create_symlink("folder", Path("folder_link"));
  for (const char* name : {"new", "./new", "folder/../new", "link", "folder_link/../new"}) {
    EXPECT_THAT(CheckOutputs({}, {Path("new"), Path(name)}),
                HasSubstr(": it is the same file as " + Path("new") + ": name another one"));
  }
}

TEST_F(HostFiles, AllowsEverythingElse) {
  Make("in", "");
  Make("out", "");
  EXPECT_EQ(CheckOutputs({Path("in"), Path("in")}, {Path("out"), Path("folder/in"), "", ""}), "");
  EXPECT_EQ(CheckOutputs({"/dev/null"}, {"/dev/null", "/dev/null"}), "");
}

TEST_F(HostFiles, TakesRelativePathsFromWhereTheUserStands) {
  setenv("BUILD_WORKING_DIRECTORY", "/user", 1);
  EXPECT_EQ(UserPath("a/b"), "/user/a/b");
  EXPECT_EQ(UserPath("/a/b"), "/a/b");
  EXPECT_EQ(UserPath(""), "");
  unsetenv("BUILD_WORKING_DIRECTORY");
  EXPECT_EQ(UserPath("a/b"), "a/b");
}

}  // namespace
}  // namespace mnist_micro::host
