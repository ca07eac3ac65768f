# SPDX-License-Identifier: Apache-2.0
"""A `.tflite` file as a C++ array: pure functions from bytes to text."""

from __future__ import annotations

import hashlib

from codegen import cpp_header

_BYTES_PER_LINE = 12


def constant_name(name: str) -> str:
    """Turns snake_case into the C++ constant's name.

    Args:
      name: e.g. "mnist_model".

    Returns:
      e.g. "kMnistModel".
    """
    return "k" + cpp_header.camel_case(name)


def _banner(source_name: str, content: bytes) -> str:
    return (
        f"// Generated from {cpp_header.comment_text(source_name)}, do not edit.\n"
        f"// SHA-256: {hashlib.sha256(content).hexdigest()}\n"
    )


def lines(content: bytes) -> str:
    """Writes the elements of an array.

    Args:
      content: its bytes.

    Returns:
      Lines of C++ text, without the braces.
    """
    return "".join(
        "    " + ", ".join(f"0x{byte:02x}" for byte in content[i : i + _BYTES_PER_LINE]) + ",\n"
        for i in range(0, len(content), _BYTES_PER_LINE)
    )


def render_header(
    content: bytes, *, source_name: str, name: str, namespace: str, header_path: str
) -> str:
    """Writes the header that declares the array.

    Args:
      content: the model's bytes.
      source_name: the model file's name, for the banner.
      name: the model's name, snake_case.
      namespace: the C++ namespace.
      header_path: the header's path in #include directives.

    Returns:
      C++ source text.
    """
    constant = constant_name(name)
    return cpp_header.wrap(
        f"inline constexpr std::size_t {constant}Size = {len(content)};\n"
        f"extern const std::uint8_t {constant}[{constant}Size];\n",
        banner=_banner(source_name, content),
        namespace=namespace,
        header_path=header_path,
        includes="#include <cstddef>\n#include <cstdint>\n",
    )


def render_source(
    content: bytes, *, source_name: str, name: str, namespace: str, header_path: str
) -> str:
    """Writes the source that defines the array, aligned as flatbuffers and kernels want it.

    Args:
      content: the model's bytes.
      source_name: the model file's name, for the banner.
      name: the model's name, snake_case.
      namespace: the C++ namespace.
      header_path: the header's path in #include directives.

    Returns:
      C++ source text.
    """
    constant = constant_name(name)
    return (
        f"{_banner(source_name, content)}\n"
        f'#include "{header_path}"\n\n'
        f"namespace {namespace} {{\n\n"
        f"alignas(16) const std::uint8_t {constant}[{constant}Size] = {{\n"
        f"{lines(content)}"
        "};\n\n"
        f"}}  // namespace {namespace}\n"
    )
