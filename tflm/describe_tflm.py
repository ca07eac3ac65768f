# SPDX-License-Identifier: Apache-2.0
"""Writes what the linked TFLM can run, as the op resolver generator and inspect read it.

  ./bazelw build //tflm:tflm.json

Exit code 2 and one line on stderr for bad flags, sources that are not TFLM's, or an output that
can't be written.
"""

from __future__ import annotations

import dataclasses
import pathlib

from tflm import capabilities
from tools import command

_HEADER = command.input_file("header", None, "Its micro_mutable_op_resolver.h.", required=True)
_SOURCES = command.input_file(
    "sources", None, "A file that lists its compiled sources, one a line.", required=True
)
_VARIANTS = command.input_file(
    "variants", None, "A file that lists its kernels for other processors, one a line."
)
_SOURCE_INFO = command.input_file(
    "source_info", None, "The header that says which TFLM it is (default: it has no name)."
)
_OUTPUT = command.output_file("output", None, "The JSON file to write.", required=True)


def listed(path: pathlib.Path) -> list[pathlib.Path]:
    """Reads a list of files.

    Args:
      path: a file with a path a line.

    Returns:
      The paths.

    Raises:
      command.CommandError: it can't be read.
    """
    try:
        names = path.read_text(encoding="utf-8", errors="replace").split()
    except OSError as error:
        raise command.CommandError(f"{path}: cannot be read: {error.strerror}") from error
    paths = [pathlib.Path(name) for name in names]
    command.also_reads(f"a file in {path}", paths)
    return paths


def main() -> None:
    sources = listed(_SOURCES.value)
    if not sources:
        raise command.CommandError(f"{_SOURCES.value}: lists no sources")
    variants = listed(_VARIANTS.value) if _VARIANTS.value else []
    linked = capabilities.read_sources(_HEADER.value, sources, variants)
    if _SOURCE_INFO.value is not None:
        linked = dataclasses.replace(linked, name=capabilities.read_name(_SOURCE_INFO.value))
    command.write_files({_OUTPUT.value: capabilities.to_json(linked)})


if __name__ == "__main__":
    command.run(main, capabilities.NotTflmError)
