# SPDX-License-Identifier: Apache-2.0
"""Reads what the README's table of goals and the charts are made of, and makes them."""

from __future__ import annotations

import dataclasses
import json
import pathlib
from collections.abc import Iterable

from aot import compiler, graph, importer
from benchmarks import charts, figures, goals
from tflite import costs
from tflite.reader import read_model
from tools import command


@dataclasses.dataclass(frozen=True)
class Files:
    """Where things are.

    Attributes:
      reports: of firmware_report.
      mnist: MNIST's `.tflite` file.
      vww: VWW's.
      limits: JSON: by the key of a goal that is not met, what forbids it.
      tflm: what //tflm:tflm.json says of the linked TFLM.
      times: JSON of //benchmarks:inference; None if there is none.
    """

    reports: Iterable[pathlib.Path]
    mnist: pathlib.Path
    vww: pathlib.Path
    limits: pathlib.Path
    tflm: pathlib.Path
    times: pathlib.Path | None


def _json(path: pathlib.Path) -> dict:
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise command.CommandError(f"{path}: {error}") from error


def weights(path: pathlib.Path) -> goals.Weights:
    """Counts the bytes of a model's weights, in its file and in compiled C.

    Args:
      path: of the `.tflite` file.

    Returns:
      Both, over all layers.

    Raises:
      ModelError: it is not a sound model, or can't be compiled.
    """
    model = read_model(path)
    # Chains of layers have the same weights as the layers that they are made of.
    made = compiler.optimized(model, disabled=("run_by_rows",))
    layers = [op.inputs[1] for op in graph.walk(made.ops) if op.kind in importer.LAYERS]
    distinct = {id(value): value.data for value in layers if value is not None}.values()
    return goals.Weights(
        file=sum(costs.weight_bytes(node, model.main) for node in model.main.nodes),
        compiled=sum(data.nbytes for data in distinct if data is not None),
    )


def make(files: Files) -> tuple[str, dict[str, str]]:
    """Makes the table and the charts.

    Args:
      files: what they are made of.

    Returns:
      What stands between the README's marks, and each chart's SVG by its name.

    Raises:
      CommandError: a file can't be read, or is something else.
      PageError: a figure of a chart is missing, or a limit is of no goal.
    """
    measured = figures.Figures(figures.read(files.reports))
    try:
        times = goals.times_from_json(_json(files.times)) if files.times else None
    except (KeyError, TypeError, ValueError) as error:
        raise command.CommandError(f"{files.times}: not of //benchmarks:inference") from error
    found = goals.goals(measured, times, {"mnist": weights(files.mnist), "vww": weights(files.vww)})
    section = goals.render(found, _json(files.limits), times, _json(files.tflm)["name"])
    return section, {name: charts.draw(measured, name) for name in charts.CHARTS}
