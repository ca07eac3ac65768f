// SPDX-License-Identifier: Apache-2.0

#ifndef MNIST_MICRO_HOST_FLAGS_H_
#define MNIST_MICRO_HOST_FLAGS_H_

#include <functional>
#include <string>
#include <vector>

// Command-line flags, as all programs on the host take them. `--name=value` and `--name value` mean the
// same; the last of several counts.

namespace mnist_micro::host {

struct Flag {
  std::string name;  // With its dashes.
  bool has_value;
  // Takes the value, which is empty for a flag without one. Returns an empty string, or what is wrong
  // with it: "must be ...".
  std::function<std::string(const std::string& value)> take;
};

// The makers below write to the variable, which must live until the flags are parsed.

Flag SwitchFlag(std::string name, bool& on);

Flag TextFlag(std::string name, std::string& value);

// A file of the user's: see UserPath.
Flag PathFlag(std::string name, std::string& path);

// A flag that can be given several times.
Flag TextsFlag(std::string name, std::vector<std::string>& values);

// A whole number in decimal digits.
Flag NumberFlag(std::string name, unsigned long long smallest, unsigned long long largest,
                unsigned long long& value);

// Seconds, with or without a fraction.
Flag SecondsFlag(std::string name, double& value);

// Parses arguments.
// `others` gets those that are not flags: before, between and after them, and all after `--`. Without it
// they are refused.
// Returns an empty string, or what is wrong, in one line.
std::string ParseFlags(int argc, char** argv, const std::vector<Flag>& flags,
                       std::vector<std::string>* others = nullptr);

}  // namespace mnist_micro::host

#endif  // MNIST_MICRO_HOST_FLAGS_H_
