# SPDX-License-Identifier: Apache-2.0
"""Writes the tables of docs/firmware.md again, from reports that the build makes.

./bazelw run //tests/firmware_figures:update_mnist
./bazelw run //tests/firmware_figures:update_mlperf_tiny

With upstream's TFLM linked: update_mnist_todays_tflm, update_mlperf_tiny_todays_tflm.
"""

from __future__ import annotations

import json
import pathlib

from absl import flags

from tests.firmware_figures import figures
from tools import command
from tools.page import PageError

_SECTION = flags.DEFINE_string("section", None, "Of the page.", required=True)
_TFLM = flags.DEFINE_string("tflm", None, "The file tflm.json.", required=True)
_REPORTS = flags.DEFINE_string("reports", None, "The files of the reports.", required=True)


def main() -> None:
    workspace = command.workspace(figures.UPDATE_COMMAND.format(section=_SECTION.value))
    path = workspace / "docs" / "firmware.md"
    reports = [
        json.loads(pathlib.Path(file).read_text())
        for file in _REPORTS.value.split()
        if file.endswith(".json")
    ]
    text = figures.render(
        _SECTION.value, json.loads(pathlib.Path(_TFLM.value).read_text()), reports
    )
    command.write_files({path: figures.replace(path.read_text(), _SECTION.value, text)})
    print(f"Wrote {path.relative_to(workspace)}")


if __name__ == "__main__":
    command.run(main, PageError)
