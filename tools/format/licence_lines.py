# SPDX-License-Identifier: Apache-2.0
"""The line with the licence that each source file begins with."""

from __future__ import annotations

import pathlib
from collections.abc import Iterable

LINE = "SPDX-License-Identifier: Apache-2.0"
"""As https://spdx.dev/learn/handling-license-info has it."""

PATTERNS = (
    *("*.py", "*.cc", "*.h", "*.c", "*.bazel", "*.bzl", "*.sh"),
    *("bazelw", ".ci/run", "tools/check_upstream", "tools/remote_cache_check"),
    ":!e2e/consumer",  # Somebody else's repository.
)
"""Git path specs of the files that have it."""


def with_line(text: str, name: str) -> str:
    """Adds the line to a source file's text, below a `#!` line.

    Args:
      text: of the file.
      name: of the file.

    Returns:
      The text with the line; as it is if it has one.
    """
    first, newline, rest = text.partition("\n")
    if LINE in first or LINE in rest.partition("\n")[0]:
        return text
    mark = "//" if name.endswith((".cc", ".h", ".c")) else "#"
    # A comment of the file's own does not go on there.
    blank = "\n" if mark == "//" or name.endswith(".bazel") else ""
    if first.startswith("#!"):
        return f"{first}\n{mark} {LINE}\n{blank}{rest}"
    return f"{mark} {LINE}\n{blank}{first}{newline}{rest}"


def mend(workspace: pathlib.Path, files: Iterable[str], check: bool) -> list[str]:
    """Adds the line to the files that lack it.

    Args:
      workspace: the repository's root.
      files: relative to it.
      check: whether to change nothing.

    Returns:
      Those that lacked it.
    """
    lacking = []
    for name in files:
        path = workspace / name
        # Other bytes and line ends stay as they are.
        text = path.read_bytes().decode("utf-8", "surrogateescape")
        if (mended := with_line(text, name)) != text:
            lacking.append(name)
            if not check:
                path.write_bytes(mended.encode("utf-8", "surrogateescape"))
    return lacking
