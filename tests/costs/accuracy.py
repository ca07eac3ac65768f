# SPDX-License-Identifier: Apache-2.0
"""How close predictions come to what a firmware_report measured."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from aot.costs import report

MOST = 0.15
"""So far a layer's prediction may be from what was measured, as a share of that."""

MOST_OF_ALL = 0.1
"""The same of a whole model of several layers: what is too much and too little makes up for it."""

LEAST_SHARE, LEAST = 0.01, 1000
"""Smaller layers don't count: a share of the model's instructions, and instructions."""

BY_VALUES = ("softmax_", "log_softmax_")
"""How long these functions take depends on the values that they get: they don't count."""


@dataclasses.dataclass(frozen=True)
class Figures:
    """How well a model is predicted.

    Attributes:
      layers: how many layers count.
      worst: the largest share that a layer is off by, of those that count.
      total: by which share the sum of all is too high; None without a prediction of all.
    """

    layers: int
    worst: float
    total: float | None


def counting(made: report.Report) -> Iterator[tuple[int, report.Layer]]:
    """Lists the layers that count, with their numbers."""
    assert made.measured is not None
    least = max(LEAST_SHARE * made.measured, LEAST)
    for i, layer in enumerate(made.layers):
        by_values = any(f.startswith(BY_VALUES) for f in layer.functions)
        if layer.measured is not None and layer.measured >= least and not by_values:
            yield i, layer


def figures(made: report.Report) -> Figures:
    """Compares predictions with what was measured.

    Args:
      made: a report that has both.

    Returns:
      How well they agree.
    """
    assert made.measured is not None
    found = [report.deviation(layer) for _, layer in counting(made)]
    known = [abs(off) for off in found if off is not None]
    total = None if made.predicted is None else made.predicted / made.measured - 1
    return Figures(len(found), max(known, default=0.0), total)


def faults(made: report.Report) -> Iterator[str]:
    """Finds predictions that are too far off.

    Args:
      made: a report with predictions and what was measured.

    Yields:
      A line for each.
    """
    for i, layer in counting(made):
        off = report.deviation(layer)
        what = f"{made.model} on {made.core}: layer {i} ({layer.operators})"
        what += f", {', '.join(layer.functions)},"
        if off is None:
            yield f"{what} has {layer.measured:,} instructions and no prediction"
        elif abs(off) > MOST:
            yield (
                f"{what} has {layer.measured:,} instructions, and {layer.predicted:,} are"
                f" predicted: {off:+.1%}"
            )
    found = figures(made)
    total, most_of_all = found.total, MOST_OF_ALL if found.layers > 1 else MOST
    if found.layers and total is not None and abs(total) > most_of_all:
        yield f"{made.model} on {made.core}: all layers together are off by {total:+.1%}"
