# SPDX-License-Identifier: Apache-2.0
"""Writes the table of what passes give in docs/compiled_models.md again.

./bazelw run //benchmarks:update_passes
"""

from __future__ import annotations

import pathlib

from absl import flags

from benchmarks import figures, pass_figures
from tools import command
from tools.page import PageError

_REPORTS = flags.DEFINE_string("reports", None, "The files of the reports.", required=True)
_PASSES = flags.DEFINE_list("passes", None, "The passes, in order.", required=True)


def main() -> None:
    workspace = command.workspace(pass_figures.UPDATE_COMMAND)
    path = workspace / "docs" / "compiled_models.md"
    measured = figures.Figures(figures.read(map(pathlib.Path, _REPORTS.value.split())))
    text = pass_figures.replace(path.read_text(), measured, _PASSES.value)
    command.write_files({path: text})
    print(f"Wrote {path.relative_to(workspace)}")


if __name__ == "__main__":
    command.run(main, PageError)
