# SPDX-License-Identifier: Apache-2.0
"""Shows the C of models to compilers that are told to be strict."""

from __future__ import annotations

import pathlib
import subprocess
from collections.abc import Iterable, Sequence

from aot.testing import compiled_program, every_function

FORMS = ("plain", "traced")
"""As users have the C, and with all that is possible: a trace, and weights in a section."""


def write(folder: pathlib.Path) -> dict[str, list[pathlib.Path]]:
    """Writes C of models that use every file of the runtime.

    Args:
      folder: where to.

    Returns:
      The sources of each form, each beside its header.
    """
    written = {}
    for form in FORMS:
        (folder / form).mkdir()
        traced = form == "traced"
        models = every_function.models(trace=traced, section=".rodata.weights" if traced else "")
        written[form] = compiled_program.write_sources(models, folder / form)
    return written


def messages(command: Sequence[str], files: Iterable[pathlib.Path], folder: pathlib.Path) -> str:
    """Runs a compiler.

    Args:
      command: the compiler, with its flags.
      files: what to compile.
      folder: where it runs, and object files go.

    Returns:
      What it says: "" of clean code.
    """
    result = subprocess.run(
        [*command, *map(str, files)],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return result.stdout or (f"exit code {result.returncode}" if result.returncode else "")
