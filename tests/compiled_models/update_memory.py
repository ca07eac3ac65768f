# SPDX-License-Identifier: Apache-2.0
"""Writes the table of memory in docs/compiled_models.md again.

./bazelw run //tests/compiled_models:update_memory
"""

from __future__ import annotations

import pathlib

from absl import flags

from tests.compiled_models import memory
from tools import command
from tools.page import PageError

_MODELS = flags.DEFINE_string("models", None, "The files of the models.", required=True)


def main() -> None:
    workspace = command.workspace(memory.UPDATE_COMMAND)
    path = workspace / "docs" / "compiled_models.md"
    files = [pathlib.Path(file) for file in _MODELS.value.split()]
    figures = list(memory.measure([(file.stem, file.read_bytes) for file in files]))
    command.write_files({path: memory.replace(path.read_text(), figures)})
    print(f"Wrote {path.relative_to(workspace)}")


if __name__ == "__main__":
    command.run(main, PageError)
