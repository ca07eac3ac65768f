# SPDX-License-Identifier: Apache-2.0
"""Compiles Python files to bytecode, the same bytes each time.

  compile_bytecode FILE

FILE has three lines for each Python file: its path, what it is called in a traceback until it is
imported, and the path of the bytecode. A file that is not Python 3.11, which some packages have for
other versions, gets an empty file, and Python reads the source then.
"""

from __future__ import annotations

import importlib.util
import marshal
import pathlib
import sys

# Of the formats of marshal: later ones depend on which objects have another reference.
_FORMAT = 2
# PEP 552: checked by nobody, with a hash of the source in place of its time.
_UNCHECKED_HASH = 0b01


def bytecode(source: bytes, name: str) -> bytes:
    """Compiles a file.

    Args:
      source: its content.
      name: what it is called in a traceback until it is imported.

    Returns:
      The content of the .pyc file; empty if the source can't be compiled.
    """
    try:
        code = compile(source, name, "exec", dont_inherit=True, optimize=0)
    except (SyntaxError, ValueError, RecursionError):
        return b""
    return b"".join(
        [
            importlib.util.MAGIC_NUMBER,
            _UNCHECKED_HASH.to_bytes(4, "little"),
            importlib.util.source_hash(source),
            marshal.dumps(code, _FORMAT),
        ]
    )


def main() -> None:
    lines = pathlib.Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()
    for source, name, output in zip(lines[::3], lines[1::3], lines[2::3], strict=True):
        pathlib.Path(output).write_bytes(bytecode(pathlib.Path(source).read_bytes(), name))


if __name__ == "__main__":
    main()
