# SPDX-License-Identifier: Apache-2.0
"""How cost grows with the size of a network."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping, Sequence

from benchmarks import text_table
from benchmarks.figures import Figure
from benchmarks.scale_model import Shape

_NAME = re.compile(r"scale_c(\d+)_s(\d+)_d(\d+)")

DIMENSIONS = ("channels", "size", "depth")
"""What grows, one at a time."""


@dataclasses.dataclass(frozen=True)
class Point:
    """One network, compiled for each target.

    Attributes:
      shape: of the network.
      by_target: the figures by what it was compiled for.
    """

    shape: Shape
    by_target: Mapping[str, Figure]

    def per_mac(self, target: str) -> float | None:
        """Instructions for each multiply-accumulate; None if they were not counted."""
        figure = self.by_target.get(target)
        return figure.instructions / self.shape.multiply_accumulates if figure else None

    def as_json(self) -> dict[str, object]:
        """Makes what a JSON file says of it."""
        return {
            **dataclasses.asdict(self.shape),
            "multiply_accumulates": self.shape.multiply_accumulates,
            "targets": {
                target: {
                    "core": figure.core,
                    "instructions": figure.instructions,
                    "instructions_per_mac": round(self.per_mac(target) or 0, 4),
                    "arena_bytes": figure.arena,
                    "memory_bytes": figure.ram,
                    "flash_bytes": figure.flash,
                    "weights_bytes": figure.constants,
                    "code_bytes": figure.code,
                }
                for target, figure in self.by_target.items()
            },
        }


def points(figures: Iterable[Figure]) -> list[Point]:
    """Finds the networks of `scale_model` among figures.

    Args:
      figures: whose variants are what they were compiled for.

    Returns:
      The networks, smallest first.

    Raises:
      ValueError: a figure is of another model.
    """
    found: dict[Shape, dict[str, Figure]] = {}
    for figure in figures:
        name = _NAME.fullmatch(figure.model)
        if not name:
            raise ValueError(f"{figure.model} is not a network of benchmarks/scale_model.py")
        shape = Shape(*map(int, name.groups()))
        found.setdefault(shape, {})[figure.variant] = figure
    ordered = sorted(found.items(), key=lambda item: dataclasses.astuple(item[0]))
    return [Point(shape, dict(sorted(targets.items()))) for shape, targets in ordered]


def series(found: Sequence[Point], dimension: str, base: Shape) -> list[Point]:
    """Picks the networks that differ from one in only one dimension.

    Args:
      found: the networks.
      dimension: one of DIMENSIONS.
      base: what they have in common.

    Returns:
      The networks, smallest first.
    """
    others = [name for name in DIMENSIONS if name != dimension]
    return [
        point
        for point in found
        if all(getattr(point.shape, name) == getattr(base, name) for name in others)
    ]


def table(chosen: Sequence[Point], targets: Sequence[str]) -> str:
    """Lays out networks.

    Args:
      chosen: the networks.
      targets: what they were compiled for. Memory and flash are those of the first one.

    Returns:
      Lines.
    """
    header = [f">{name}" for name in (*DIMENSIONS, "MACs")]
    for target in targets:
        header += [f">{target}", ">per MAC"]
    header += [">arena", ">weights", ">code"]
    rows = []
    for point in chosen:
        row = [str(getattr(point.shape, name)) for name in DIMENSIONS]
        row.append(text_table.count(point.shape.multiply_accumulates))
        for target in targets:
            figure = point.by_target.get(target)
            row.append(text_table.count(figure and figure.instructions))
            row.append(text_table.fraction(point.per_mac(target)))
        first = point.by_target.get(targets[0])
        row += [
            text_table.count(number)
            for number in (
                (first.arena, first.constants, first.code) if first else (None, None, None)
            )
        ]
        rows.append(row)
    return text_table.layout(header, rows)
