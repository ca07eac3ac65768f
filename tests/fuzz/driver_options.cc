// SPDX-License-Identifier: Apache-2.0

#include "tests/fuzz/driver_options.h"

#include <cstdio>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "mnist_micro/host/files.h"
#include "mnist_micro/host/flags.h"

namespace mnist_micro {

bool ParseDriverOptions(int argc, char** argv, std::vector<host::Flag> further,
                        const std::string& further_usage, DriverOptions& options) {
  const unsigned long long most = std::numeric_limits<unsigned long long>::max();
  std::vector<host::Flag> flags = std::move(further);
  flags.push_back(host::NumberFlag("--iterations", 0, most, options.iterations));
  flags.push_back(host::NumberFlag("--seed", 0, most, options.seed));
  flags.push_back(host::NumberFlag("--first", 0, most, options.first));
  flags.push_back(host::SecondsFlag("--max_seconds", options.max_seconds));
  std::vector<std::string> seed_files;
  const std::string fault = host::ParseFlags(argc, argv, flags, &seed_files);
  if (!fault.empty()) {
    std::fprintf(stderr, "%s: %s\n", argv[0], fault.c_str());
    return false;
  }
  if (seed_files.empty()) {
    std::fprintf(stderr,
                 "usage: %s [--iterations=N] [--seed=S] [--first=I] [--max_seconds=T] %s "
                 "SEED_FILE...\n",
                 argv[0], further_usage.c_str());
    return false;
  }
  for (const std::string& path : seed_files) {
    options.seeds.emplace_back();
    if (!host::ReadFile(path, options.seeds.back()).empty() || options.seeds.back().empty()) {
      std::fprintf(stderr, "%s: cannot be read, or is empty\n", path.c_str());
      return false;
    }
  }
  return true;
}

}  // namespace mnist_micro
