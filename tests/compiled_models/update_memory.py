# SPDX-License-Identifier: Apache-2.0
"""Writes the table of memory in docs/compiled_models.md again.

./bazelw run //tests/compiled_models:update_memory
"""

from __future__ import annotations

import json
import pathlib

from absl import flags

from tests.compiled_models import memory
from tools import command
from tools.page import PageError

_MODELS = flags.DEFINE_string("models", None, "The files of the models.", required=True)
_LISTED = flags.DEFINE_string("listed", None, "The list of all that there are.", required=True)


def main() -> None:
    workspace = command.workspace(memory.UPDATE_COMMAND)
    path = workspace / "docs" / "compiled_models.md"
    files = [pathlib.Path(file) for file in _MODELS.value.split()]
    listed = json.loads(pathlib.Path(_LISTED.value).read_text())
    if missing := set(listed) - {file.stem for file in files}:
        raise PageError(f"not at hand, see MNIST_MICRO_MODELS: {', '.join(sorted(missing))}")
    figures = list(memory.measure([(file.stem, file.read_bytes) for file in files]))
    command.write_files({path: memory.replace(path.read_text(), figures)})
    print(f"Wrote {path.relative_to(workspace)}")


if __name__ == "__main__":
    command.run(main, PageError)
