# SPDX-License-Identifier: Apache-2.0
"""What all generated C++ headers share: names that compile, and what surrounds the declarations."""

from __future__ import annotations

import re

_IDENTIFIER = re.compile(r"[a-z][a-z0-9_]*")
_NAMESPACE = re.compile(r"[a-z][a-z0-9_]*(::[a-z][a-z0-9_]*)*")
_CLASS_NAME = re.compile(r"[A-Z][A-Za-z0-9]*")
# What no namespace may be called: C++20's keywords, and `std`, whose names generated code uses.
_RESERVED = re.compile(
    r"std|alignas|alignof|and|and_eq|asm|auto|bitand|bitor|bool|break|case|catch|char|char8_t|"
    r"char16_t|char32_t|class|co_await|co_return|co_yield|compl|concept|const|const_cast|"
    r"consteval|constexpr|constinit|continue|decltype|default|delete|do|double|dynamic_cast|"
    r"else|enum|explicit|export|extern|false|float|for|friend|goto|if|inline|int|long|mutable|"
    r"namespace|new|noexcept|not|not_eq|nullptr|operator|or|or_eq|private|protected|public|"
    r"register|reinterpret_cast|requires|return|short|signed|sizeof|static|static_assert|"
    r"static_cast|struct|switch|template|this|thread_local|throw|true|try|typedef|typeid|"
    r"typename|union|unsigned|using|virtual|void|volatile|wchar_t|while|xor|xor_eq"
)


class InvalidNameError(ValueError):
    """A name that C++ or our style doesn't allow. The message is one line."""


def check_names(name: str, namespace: str) -> None:
    """Refuses names that would not compile.

    Args:
      name: of what is generated, snake_case.
      namespace: the C++ namespace, e.g. "mnist_micro" or "a::b".

    Raises:
      InvalidNameError: one of them is not of its form.
    """
    if not _IDENTIFIER.fullmatch(name):
        raise InvalidNameError(f"name {name!r}: must be lower-case letters, digits and underscores")
    if not _NAMESPACE.fullmatch(namespace):
        raise InvalidNameError(f"namespace {namespace!r}: must be lower-case names, joined by ::")
    for part in namespace.split("::"):
        if _RESERVED.fullmatch(part):
            raise InvalidNameError(f"namespace {namespace!r}: {part} is C++'s own: choose another")


def check_class_name(name: str) -> None:
    """Refuses names that are not C++ classes of our style.

    Args:
      name: of the class.

    Raises:
      InvalidNameError: it is not CamelCase.
    """
    if not _CLASS_NAME.fullmatch(name):
        raise InvalidNameError(
            f"class name {name!r}: must be letters and digits, the first one upper-case"
        )


def camel_case(name: str) -> str:
    """Turns snake_case into CamelCase.

    Args:
      name: e.g. "mnist_model".

    Returns:
      e.g. "MnistModel".
    """
    return "".join(word.capitalize() for word in name.split("_"))


def include_guard(header_path: str) -> str:
    """Makes the include guard of a header, after Google's style: from its path.

    Args:
      header_path: as in an #include directive, e.g. "micro/mnist_model_data.h".

    Returns:
      e.g. "MICRO_MNIST_MODEL_DATA_H_".
    """
    return re.sub(r"[^A-Za-z0-9]", "_", header_path).upper() + "_"


def comment_text(text: str) -> str:
    """Makes a text that can stand in a comment of one line.

    Args:
      text: any, e.g. a file's name.

    Returns:
      The text with what can't be printed, line breaks above all, in escapes.
    """
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def wrap(body: str, *, banner: str, namespace: str, header_path: str, includes: str) -> str:
    """Makes a header of what it declares.

    Args:
      body: the declarations.
      banner: its first lines, comments.
      namespace: the C++ namespace of the declarations.
      header_path: the header's path in #include directives.
      includes: its #include directives, in lines.

    Returns:
      C++ source text.
    """
    guard = include_guard(header_path)
    return (
        f"{banner}\n"
        f"#ifndef {guard}\n"
        f"#define {guard}\n\n"
        f"{includes}\n"
        f"namespace {namespace} {{\n\n"
        f"{body}\n"
        f"}}  // namespace {namespace}\n\n"
        f"#endif  // {guard}\n"
    )
