// SPDX-License-Identifier: Apache-2.0

#ifndef MNIST_MICRO_HOST_JSON_H_
#define MNIST_MICRO_HOST_JSON_H_

#include <string>
#include <string_view>

namespace mnist_micro::host {

// A text as a JSON string, with its quotes. JSON is UTF-8: a byte of the text that is not part of a
// UTF-8 character becomes U+DC00 plus the byte, which Python's os.fsencode() takes back.
std::string JsonString(std::string_view text);

}  // namespace mnist_micro::host

#endif  // MNIST_MICRO_HOST_JSON_H_
