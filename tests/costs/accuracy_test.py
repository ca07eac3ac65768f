# SPDX-License-Identifier: Apache-2.0
"""Predictions of models that no coefficient was fitted to, against what the emulator counts."""

import json
import os
import pathlib

import pytest

from aot.costs import prediction, report
from tests.costs import accuracy, table

CORE = os.environ["CORE"]
REPORTS = [pathlib.Path(f) for f in os.environ["REPORTS"].split() if f.endswith(".json")]
MODELS = {pathlib.Path(f).name: pathlib.Path(f) for f in os.environ["MODELS"].split()}


@pytest.fixture(scope="module")
def reports() -> list[report.Report]:
    return [table.compared(path, MODELS) for path in REPORTS]


def test_there_are_models(reports: list[report.Report]):
    assert reports
    assert len({made.model for made in reports}) == len(reports)
    assert sum(accuracy.figures(made).layers for made in reports) >= 2 * len(reports)


def test_predictions_are_close(reports: list[report.Report]):
    lines = []
    for made in reports:
        found = accuracy.figures(made)
        total = "-" if found.total is None else f"{found.total:+.1%}"
        lines.append(f"{made.model}: {found.layers} layers, {found.worst:.1%} at most, {total}")
    print("\n".join(lines))
    found_faults = [fault for made in reports for fault in accuracy.faults(made)]
    assert not found_faults, "\n".join(found_faults)


def test_a_wrong_coefficient_is_found(
    reports: list[report.Report], monkeypatch: pytest.MonkeyPatch
):
    # What most of a model's instructions are in, by a third too high.
    made = max(reports, key=lambda one: one.macs)
    layer = max(made.layers, key=lambda one: one.measured or 0)
    wrong = {
        name: {
            feature: number * (1.3 if name.split("@")[0] in layer.functions else 1)
            for feature, number in costs.items()
        }
        for name, costs in prediction.coefficients(CORE).items()
    }
    monkeypatch.setattr(prediction, "coefficients", lambda core: wrong)
    (path,) = (p for p in REPORTS if json.loads(p.read_text())["model"] == made.model)
    found = list(accuracy.faults(table.compared(path, MODELS)))
    assert any(f"({layer.operators})" in fault for fault in found)


def test_the_page_has_these_figures(reports: list[report.Report]):
    known = table.cells_of(pathlib.Path(os.environ["PAGE"]).read_text(encoding="utf-8"))
    for made in reports:
        # Another training has other weights: a few instructions more or less.
        shown = known[made.model.removesuffix(".tflite"), CORE]
        found = table.cell(accuracy.figures(made))
        assert _percents(shown) == pytest.approx(_percents(found), abs=1), made.model


def _percents(cell: str) -> list[float]:
    return [float(part.strip("%")) for part in cell.split(", ") if part != "-"]
