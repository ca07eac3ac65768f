# SPDX-License-Identifier: Apache-2.0
"""TFLM, TFLM with CMSIS-NN and compiled C side by side."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence

from benchmarks import text_table
from benchmarks.figures import CORES, ENGINES, MODELS, Figure, Figures, ratio


@dataclasses.dataclass(frozen=True)
class Row:
    """One engine with one model on one core.

    Attributes:
      model: a key of MODELS.
      core: a key of CORES.
      engine: a key of ENGINES.
      figure: what was measured; None if nothing was.
      to_tflm: the ratio of its instructions to those of TFLM, if both are known.
      to_cmsis_nn: the same to TFLM with CMSIS-NN.
    """

    model: str
    core: str
    engine: str
    figure: Figure | None
    to_tflm: float | None
    to_cmsis_nn: float | None

    def as_json(self) -> dict[str, str | int | float | None]:
        """Makes what a JSON file says of it; null stands for what was not measured."""
        figure = self.figure
        return {
            "model": self.model,
            "core": self.core,
            "engine": self.engine,
            "instructions": figure.instructions if figure else None,
            "instructions_to_tflm": self.to_tflm and round(self.to_tflm, 4),
            "instructions_to_cmsis_nn": self.to_cmsis_nn and round(self.to_cmsis_nn, 4),
            "flash_bytes": figure.flash if figure else None,
            "memory_bytes": figure.ram if figure else None,
            "arena_bytes": figure.arena if figure else None,
        }


def compare(figures: Figures, cores: Iterable[str]) -> list[Row]:
    """Compares engines.

    Args:
      figures: what was measured.
      cores: which cores, keys of CORES.

    Returns:
      A row for each core, model and engine, also for those that were not measured.
    """
    rows = []
    for core in cores:
        for model in MODELS:
            found = {name: figures.get(model, core, name) for name in ENGINES}
            counts = {name: figure and figure.instructions for name, figure in found.items()}
            rows += [
                Row(
                    model,
                    core,
                    engine,
                    figure,
                    ratio(counts[engine], counts["reference"]),
                    ratio(counts[engine], counts["cmsis_nn"]),
                )
                for engine, figure in found.items()
            ]
    return rows


def _measured(rows: Iterable[Row]) -> set[tuple[str, str]]:
    """Of which cores and models there is anything."""
    return {(row.core, row.model) for row in rows if row.figure}


def table(rows: Sequence[Row]) -> str:
    """Lays out the comparison.

    Args:
      rows: of `compare`.

    Returns:
      Lines, but none of a core and model of which nothing was measured.
    """
    header = (
        *("core", "model", "engine", ">instructions", ">to TFLM", ">to CMSIS-NN"),
        *(">flash", ">memory", ">arena"),
    )
    measured = _measured(rows)
    cells = [
        (
            CORES[row.core],
            MODELS[row.model],
            ENGINES[row.engine],
            text_table.count(row.figure and row.figure.instructions),
            text_table.fraction(row.to_tflm),
            text_table.fraction(row.to_cmsis_nn),
            text_table.count(row.figure and row.figure.flash),
            text_table.count(row.figure and row.figure.ram),
            text_table.count(row.figure and row.figure.arena),
        )
        for row in rows
        if (row.core, row.model) in measured
    ]
    return text_table.layout(header, cells)


def missing(rows: Sequence[Row]) -> list[str]:
    """Names the models of which nothing was measured on a core.

    Args:
      rows: of `compare`.

    Returns:
      Lines such as "M7: IC (ResNet-8), KWS (DS-CNN)".
    """
    measured = _measured(rows)
    lines = []
    for core in dict.fromkeys(row.core for row in rows):
        names = [title for model, title in MODELS.items() if (core, model) not in measured]
        if names:
            lines.append(f"{CORES[core]}: {', '.join(names)}")
    return lines
