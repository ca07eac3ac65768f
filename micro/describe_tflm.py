"""Writes what the linked TFLM can run, as the op resolver generator and inspect read it.

  bazel build //micro:tflm.json

Exit code 2 and one line on stderr for bad flags, sources that are not TFLM's, or an output that
can't be written.
"""

from __future__ import annotations

import pathlib

from absl import flags

from micro import tflm
from tools import command

_HEADER = flags.DEFINE_string("header", None, "Its micro_mutable_op_resolver.h.", required=True)
_SOURCES = flags.DEFINE_string(
    "sources", None, "A file that lists its compiled sources, one a line.", required=True
)
_OUTPUT = flags.DEFINE_string("output", None, "The JSON file to write.", required=True)


def main() -> None:
    listed = command.user_path(_SOURCES.value)
    try:
        sources = listed.read_text(encoding="utf-8", errors="replace").split()
    except OSError as error:
        raise command.CommandError(f"{listed}: cannot be read: {error.strerror}") from error
    if not sources:
        raise command.CommandError(f"{listed}: lists no sources")
    linked = tflm.read_sources(
        command.user_path(_HEADER.value), [pathlib.Path(source) for source in sources]
    )
    command.write_files({command.user_path(_OUTPUT.value): tflm.to_json(linked)})


if __name__ == "__main__":
    command.run(main, tflm.NotTflmError)
