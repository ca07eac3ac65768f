# SPDX-License-Identifier: Apache-2.0
"""Operators that make some rows of an image, and steps of a chain that a loop can do."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from aot.graph import Op, Value
from aot.kernels import pooled_convolution
from aot.kernels.row_schedule import Call, Schedule, Step


@dataclasses.dataclass
class Run:
    """Steps that differ only in which rows of the chain's inputs and output they are about.

    Attributes:
      steps: how many.
      first: the first one.
      places: these rows in the first one, and by how many they move on.
    """

    steps: int
    first: Step
    places: tuple[int, ...]
    moves: tuple[int, ...] = ()


def runs(op: Op, plan: Schedule) -> list[Run]:
    """Puts steps together that a loop can do."""
    found: list[Run] = []
    for step in plan.steps:
        places = tuple(_places(op, step))
        last = found[-1] if found else None
        if last is not None and _alike(op, last.first, step):
            moves = tuple(
                b - a - m * (last.steps - 1)
                for a, b, m in zip(
                    last.places, places, last.moves or (0,) * len(places), strict=True
                )
            )
            if last.steps == 1 or moves == last.moves:
                last.steps, last.moves = last.steps + 1, moves
                continue
        found.append(Run(1, step, places))
    return found


def _places(op: Op, step: Step) -> Iterator[int]:
    """Lists the rows of the chain's inputs and output that a step begins with."""
    for call in step.calls:
        yield from (read.place for read in call.reads if read.value in op.inputs)
        if op.parts[call.part].output is op.output:
            yield call.first


def _alike(op: Op, a: Step, b: Step) -> bool:
    """Whether steps do the same, with other rows of the chain's inputs and output."""

    def what(step: Step) -> object:
        return step.moves, [
            (
                call.part,
                call.end - call.first,
                call.before,
                op.parts[call.part].output is op.output or call.place,
                [(r.end - r.first, r.value in op.inputs or r.place) for r in call.reads],
            )
            for call in step.calls
        ]

    return what(a) == what(b)


def some_rows(part: Op, call: Call) -> Op:
    """Makes the operator that makes these rows, on values that have only the rows that count."""

    def rows(value: Value, count: int) -> Value:
        shape = (value.shape[0], count, *value.shape[2:])
        return dataclasses.replace(value, shape=shape, tensor=None)

    sources = {read.value: rows(read.value, read.end - read.first) for read in call.reads}
    output = rows(part.output, call.end - call.first)
    if part.intermediates:
        (source,) = sources.values()
        return pooled_convolution.some_rows(part, source, output, call.before)
    inputs = tuple(None if v is None else sources.get(v, v) for v in part.inputs)
    options = dict(part.options)
    if "padding" in options:
        options["pad_h"] = call.before
    return dataclasses.replace(part, inputs=inputs, outputs=(output,), options=options)
