# SPDX-License-Identifier: Apache-2.0
"""Places each output as near its input as its kernel allows, and all else apart, with gaps."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping

import numpy as np

from aot.graph import Graph, Op, Value, walk
from aot.kernels.kernel import Distance, Kernel
from aot.plan import Plan

GAP = 32
"""Bytes at least between what shares nothing."""
_ALIGNMENT = 16


@dataclasses.dataclass(frozen=True)
class Spread:
    """Where everything is.

    Attributes:
      plan: the plan.
      gaps: offset and size of each piece that nothing may touch.
      shared: how many outputs share memory with an input.
    """

    plan: Plan
    gaps: list[tuple[int, int]]
    shared: int


def spread(graph: Graph, kernels: Mapping[str, Kernel], *, tight: bool) -> Spread:
    """Places the values of a graph.

    Args:
      graph: the graph.
      kernels: of all of its operators.
      tight: let outputs share memory with inputs that nobody needs any more, at the least distance
        that the kernel gives, to the byte; else nothing shares any. With IF or WHILE nothing does.

    Returns:
      The places.
    """
    groups: dict[Value, tuple[int, int]] = {}
    values = [v for v in graph.values() if not v.is_constant and not v.is_variable]
    shared = 0
    ops = [] if not tight or any(op.blocks for op in graph.ops) else graph.ops
    for i, op in enumerate(ops):
        needed = {v for later in ops[i + 1 :] for v in later.inputs} | set(graph.outputs)
        for source, distance in _sharing(op, kernels[op.kind], needed):
            group, place = groups.get(source, (len(groups), 0))
            begin = _nearest(place, distance, op.output)
            if (
                op.output not in groups
                and begin < place + source.byte_size
                and (place < begin + op.output.byte_size)
            ):
                groups |= {source: (group, place), op.output: (group, begin)}
                shared += 1
    ends: dict[int, list[tuple[int, int]]] = {}
    for value in values:
        group, place = groups.setdefault(value, (len(groups), 0))
        ends.setdefault(group, []).append((place, place + value.byte_size))
    position = 0
    gaps = []

    def place_bytes(size: int) -> int:
        nonlocal position
        start, end = position, position + size
        position = -(-(end + GAP) // _ALIGNMENT) * _ALIGNMENT
        gaps.append((end, position - end))
        return start

    origins = {}
    for group, pieces in ends.items():
        # Elements of values of all types are where their type may be.
        first = min(start for start, _ in pieces) // _ALIGNMENT * _ALIGNMENT
        origins[group] = place_bytes(max(end for _, end in pieces) - first) - first
    offsets = {value: origins[group] + place for value, (group, place) in groups.items()}
    scratch = {}
    for op in walk(graph.ops):
        size = 0 if op.blocks else kernels[op.kind].scratch_bytes(op)
        if size:
            scratch[op] = place_bytes(size)
    variables = {}
    end = 0
    for value in graph.variables:
        variables[value] = end
        end = -(-(end + max(value.byte_size, 1)) // 8) * 8
    return Spread(Plan(offsets, scratch, position, variables, end), gaps, shared)


def _sharing(op: Op, kernel: Kernel, needed: set[Value | None]) -> Iterator[tuple[Value, Distance]]:
    """Finds inputs that an output may share memory with."""
    if not op.outputs or op.output.is_variable:
        return
    for i, distance in kernel.distances(op).items():
        value = op.input(i)
        once = sum(v is value for v in op.inputs) == 1
        if once and not (value.is_constant or value.is_variable or value in needed):
            yield value, distance


def _nearest(place: int, distance: Distance, output: Value) -> int:
    """Finds the last place at which an output may begin, if its input is at `place`."""
    itemsize = np.dtype(output.dtype).itemsize
    begin = place - -(-distance.least // distance.step) * distance.step
    while begin % itemsize:
        begin -= distance.step
    return begin
