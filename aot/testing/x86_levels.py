# SPDX-License-Identifier: Apache-2.0
"""What instructions C for x86-64 may use in a test: see runtime/x86.h."""

from __future__ import annotations

import ctypes
import os
import pathlib
import subprocess

from aot import emit
from aot.testing import compiled_program

LEVELS = {"c": 0, "avx2": 1, "vnni": 2}
"""The levels, by name."""


def flag(level: int) -> str:
    """Gives the C compiler's flag for a level at most."""
    return f"-DAOT_X86_LEVEL={level}"


def highest(folder: pathlib.Path) -> int:
    """Finds the highest level that this CPU has, by the runtime's own function.

    Args:
      folder: where files may be written.

    Returns:
      The level; 0 if it is not an x86-64.

    Raises:
      subprocess.CalledProcessError: the C does not compile.
    """
    source, library = folder / "level.c", folder / "level.so"
    text = emit.runtime_files(trace=False)["x86"]
    source.write_text(
        f"#include <stdint.h>\n{text}int32_t level(void);\n"
        "int32_t level(void) { return x86_level(); }\n",
        encoding="utf-8",
    )
    command = [os.environ.get("CC", "gcc"), "-std=c11", *compiled_program.WARNINGS]
    command += ["-shared", "-fPIC", str(source), "-o", str(library)]
    subprocess.run(command, check=True, capture_output=True, text=True)
    found: int = ctypes.CDLL(str(library)).level()
    return found
