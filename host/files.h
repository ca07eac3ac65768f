// SPDX-License-Identifier: Apache-2.0

#ifndef MNIST_MICRO_HOST_FILES_H_
#define MNIST_MICRO_HOST_FILES_H_

#include <cstdint>
#include <string>
#include <vector>

// Files, as all programs on the host read and write them.

namespace mnist_micro::host {

// `bazel run` starts a program in its runfiles: takes relative paths from where the user stands.
std::string UserPath(const std::string& path);

// Reads a whole file. Returns an empty string, or one line that names the file and what went wrong.
std::string ReadFile(const std::string& path, std::vector<std::uint8_t>& bytes);

// Refuses outputs that are the same file as an input, or as each other: through links and under other
// spellings, too. To be asked before any work. An empty path stands for no file.
// Returns an empty string, or one line that names both.
std::string CheckOutputs(const std::vector<std::string>& inputs,
                         const std::vector<std::string>& outputs);

// Writes a file whole or not at all: under a temporary name first, then renamed. A link is followed; a
// device or a pipe is written to as it is.
// Returns an empty string, or one line that names the file and what went wrong.
std::string WriteFile(const std::string& path, const std::string& text);

// Brings stdout to its end. Returns an empty string, or one line that says why it can't be written.
std::string FlushStdout();

}  // namespace mnist_micro::host

#endif  // MNIST_MICRO_HOST_FILES_H_
