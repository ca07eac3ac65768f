# SPDX-License-Identifier: Apache-2.0
"""How far predictions are from what was measured: the table in docs/compiled_models.md."""

from __future__ import annotations

import json
import pathlib
from collections.abc import Mapping, Sequence

from aot import compiler
from aot.costs import prediction, report
from tests.costs import accuracy
from tests.costs.accuracy import Figures
from tflite.reader import read_model
from tools import page

SECTION = "predictions"
UPDATE_COMMAND = "./bazelw run //tests/costs:update_table"

_NONE = "-"


def compared(measured: pathlib.Path, models: Mapping[str, pathlib.Path]) -> report.Report:
    """Predicts what was measured of a model.

    Args:
      measured: the JSON of a firmware_report.
      models: the `.tflite` files by their names.

    Returns:
      A report that has both.
    """
    found: Mapping = json.loads(measured.read_text(encoding="utf-8"))
    core = str(found["core"])
    name = str(found["model"])
    compiled = compiler.compile_model(
        read_model(models[name]), name="model", target=prediction.target_of(core)
    )
    return report.make(compiled, name=name, core=core, measured=found)


def cell(figures: Figures) -> str:
    """Writes figures of a model on a core."""
    if not figures.layers:
        return _NONE
    total = _NONE if figures.total is None else f"{figures.total:+.1%}"
    return f"{figures.worst:.1%}, {total}"


def section(reports: Sequence[report.Report]) -> str:
    """Writes the table.

    Args:
      reports: with predictions and what was measured.

    Returns:
      Markdown.
    """
    cores = sorted({made.core for made in reports}, key=prediction.cores().index)
    rows: dict[str, dict[str, str]] = {}
    for made in sorted(reports, key=lambda one: one.model):
        name = made.model.removesuffix(".tflite")
        rows.setdefault(name, {})[made.core] = cell(accuracy.figures(made))
    return page.table(
        ["model", *(f">{core}" for core in cores)],
        [[name, *(cells.get(core, "") for core in cores)] for name, cells in rows.items()],
    )


def cells_of(text: str) -> dict[tuple[str, str], str]:
    """Reads the table of a page.

    Args:
      text: the page.

    Returns:
      Cells by model and core.
    """
    begin = page.begin_mark(SECTION, UPDATE_COMMAND)
    table = text.partition(begin)[2].partition("<!-- end of")[0]
    lines = [line.strip("| ").split(" | ") for line in table.splitlines() if line.startswith("| ")]
    header, *rows = [[part.strip() for part in line] for line in lines]
    return {
        (row[0], core): text
        for row in rows
        for core, text in zip(header[1:], row[1:], strict=False)
    }
