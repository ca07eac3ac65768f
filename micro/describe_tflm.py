"""Writes what the linked TFLM can run, as the op resolver generator and inspect read it.

  bazel build //micro:tflm.json

Exit code 2 and one line on stderr for bad flags, sources that are not TFLM's, or an output that
can't be written.
"""

from __future__ import annotations

import pathlib

from micro import tflm
from tools import command

_HEADER = command.input_file("header", None, "Its micro_mutable_op_resolver.h.", required=True)
_SOURCES = command.input_file(
    "sources", None, "A file that lists its compiled sources, one a line.", required=True
)
_OUTPUT = command.output_file("output", None, "The JSON file to write.", required=True)


def main() -> None:
    listed = _SOURCES.value
    try:
        names = listed.read_text(encoding="utf-8", errors="replace").split()
    except OSError as error:
        raise command.CommandError(f"{listed}: cannot be read: {error.strerror}") from error
    if not names:
        raise command.CommandError(f"{listed}: lists no sources")
    sources = [pathlib.Path(name) for name in names]
    command.also_reads(f"a file in {listed}", sources)
    linked = tflm.read_sources(_HEADER.value, sources)
    command.write_files({_OUTPUT.value: tflm.to_json(linked)})


if __name__ == "__main__":
    command.run(main, tflm.NotTflmError)
