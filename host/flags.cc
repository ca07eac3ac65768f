// SPDX-License-Identifier: Apache-2.0

#include "mnist_micro/host/flags.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "mnist_micro/host/files.h"

namespace mnist_micro::host {
namespace {

constexpr char kHint[] = " (--help lists the flags)";

// Returns whether the text is a number of decimal digits that fits.
bool ParseNumber(const std::string& text, unsigned long long& value) {
  value = 0;
  for (const char digit : text) {
    if (digit < '0' || digit > '9') return false;
    const auto added = static_cast<unsigned long long>(digit - '0');
    if (value > (std::numeric_limits<unsigned long long>::max() - added) / 10) return false;
    value = 10 * value + added;
  }
  return !text.empty();
}

}  // namespace

Flag SwitchFlag(std::string name, bool& on) {
  return {std::move(name), false, [&on](const std::string&) {
            on = true;
            return std::string();
          }};
}

Flag TextFlag(std::string name, std::string& value) {
  return {std::move(name), true, [&value](const std::string& text) {
            value = text;
            return std::string();
          }};
}

Flag PathFlag(std::string name, std::string& path) {
  return {std::move(name), true, [&path](const std::string& text) {
            path = UserPath(text);
            return std::string();
          }};
}

Flag TextsFlag(std::string name, std::vector<std::string>& values) {
  return {std::move(name), true, [&values](const std::string& text) {
            values.push_back(text);
            return std::string();
          }};
}

Flag NumberFlag(std::string name, unsigned long long smallest, unsigned long long largest,
                unsigned long long& value) {
  return {std::move(name), true, [=, &value](const std::string& text) {
            unsigned long long number = 0;
            if (!ParseNumber(text, number) || number < smallest || number > largest) {
              return "must be a whole number from " + std::to_string(smallest) + " to " +
                     std::to_string(largest);
            }
            value = number;
            return std::string();
          }};
}

Flag SecondsFlag(std::string name, double& value) {
  return {std::move(name), true, [&value](const std::string& text) {
            char* end = nullptr;
            const double number = std::strtod(text.c_str(), &end);
            if (end == text.c_str() || *end != '\0' || !std::isfinite(number) || number < 0) {
              return std::string("must be a number of seconds");
            }
            value = number;
            return std::string();
          }};
}

std::string ParseFlags(int argc, char** argv, const std::vector<Flag>& flags,
                       std::vector<std::string>* others) {
  bool flags_ended = false;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (flags_ended || argument.size() < 2 || argument[0] != '-') {
      if (others == nullptr) return "unknown argument " + argument + kHint;
      others->push_back(argument);
      continue;
    }
    if (argument == "--") {
      flags_ended = true;
      continue;
    }
    const std::size_t equals = argument.find('=');
    const std::string name = argument.substr(0, equals);
    const auto flag = std::find_if(flags.begin(), flags.end(),
                                   [&](const Flag& candidate) { return candidate.name == name; });
    if (flag == flags.end()) return "unknown flag " + argument + kHint;
    std::string value;
    if (flag->has_value) {
      if (equals != std::string::npos) {
        value = argument.substr(equals + 1);
      } else if (i + 1 < argc) {
        value = argv[++i];
      }
      if (value.empty()) return name + " wants a value" + kHint;
    } else if (equals != std::string::npos) {
      return name + " takes no value" + kHint;
    }
    const std::string fault = flag->take(value);
    if (!fault.empty()) return name + "=" + value + ": " + fault;
  }
  return "";
}

}  // namespace mnist_micro::host
