// SPDX-License-Identifier: Apache-2.0

#ifndef TESTS_FUZZ_DRIVER_OPTIONS_H_
#define TESTS_FUZZ_DRIVER_OPTIONS_H_

#include <string>
#include <vector>

#include "mnist_micro/host/flags.h"
#include "tests/fuzz/mutator.h"

namespace mnist_micro {

// The options of both programs that damage files at random.
struct DriverOptions {
  unsigned long long iterations;
  unsigned long long seed = 1;
  unsigned long long first = 0;
  double max_seconds = 1e9;
  std::vector<Bytes> seeds;  // The contents of the seed files.
};

// Parses the arguments and reads the seed files.
// further: the program's own flags; further_usage: the same for people.
// Returns whether the program can begin; else one line on stderr says why not.
bool ParseDriverOptions(int argc, char** argv, std::vector<mnist_micro::host::Flag> further,
                        const std::string& further_usage, DriverOptions& options);

}  // namespace mnist_micro

#endif  // TESTS_FUZZ_DRIVER_OPTIONS_H_
