# SPDX-License-Identifier: Apache-2.0
"""Writes the README's table of goals and the charts in docs/ again.

./bazelw run //benchmarks:update_goals

The figures of chips are those of reports that the build makes. Those of a PC are in
benchmarks/x86_times.json: `./bazelw run //benchmarks:inference -- --json=…` writes them; without
that file their lines say that nothing was measured. benchmarks/limits.json says of goals that are
not met what forbids them.
"""

from __future__ import annotations

import pathlib

from absl import flags

from benchmarks import goals, goals_page
from tflite.model import ModelError
from tools import command
from tools.page import PageError

_REPORTS = flags.DEFINE_string("reports", None, "The files of the reports.", required=True)
_MNIST = command.input_file("mnist", None, "MNIST's .tflite file.", required=True)
_VWW = command.input_file("vww", None, "VWW's .tflite file.", required=True)
_LIMITS = command.input_file("limits", None, "JSON of limits.", required=True)
_TFLM = command.input_file("tflm", None, "The file tflm.json.", required=True)
_TIMES = command.input_file("times", None, "JSON of times on a PC (default: none).")


def main() -> None:
    workspace = command.workspace(goals.UPDATE_COMMAND)
    section, charts = goals_page.make(
        goals_page.Files(
            reports=[pathlib.Path(file) for file in _REPORTS.value.split()],
            mnist=_MNIST.value,
            vww=_VWW.value,
            limits=_LIMITS.value,
            tflm=_TFLM.value,
            times=_TIMES.value,
        )
    )
    readme = workspace / "README.md"
    files: dict[str | pathlib.Path, bytes | str] = {
        readme: goals.replace(readme.read_text(), section)
    }
    files |= {workspace / "docs" / f"{name}.svg": text for name, text in charts.items()}
    command.write_files(files)
    print(section.partition(". ")[0])
    for path in files:
        print(f"Wrote {pathlib.Path(path).relative_to(workspace)}")


if __name__ == "__main__":
    command.run(main, ModelError, PageError)
