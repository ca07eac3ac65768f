# SPDX-License-Identifier: Apache-2.0
"""When the operators of a chain make which rows of their images: see chain.py."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from aot.graph import Op, Value
from aot.kernels import convolution, fully_connected, pooled_convolution, pooling
from aot.kernels.common import Window

_CONVOLUTIONS = ("CONV_2D", "DEPTHWISE_CONV_2D")
_POOLED = ("CONV_2D_MAX_POOL_2D", "DEPTHWISE_CONV_2D_MAX_POOL_2D")
_POOLS = ("AVERAGE_POOL_2D", "MAX_POOL_2D")
_ELEMENTWISE = ("ADD", "MAXIMUM", "MINIMUM", "MUL", "SUB", "TABLE")
# Schedules are lists of steps.
_MOST_ROWS = 4096


@dataclasses.dataclass(frozen=True)
class Read:
    """Rows of an image that an operator reads.

    Attributes:
      value: the image.
      first: the first row, counted from the image's first.
      end: the row after the last one.
      place: the first row, counted from the first one in memory.
    """

    value: Value
    first: int
    end: int
    place: int


@dataclasses.dataclass(frozen=True)
class Call:
    """Rows that an operator makes at a time.

    Attributes:
      part: the operator's place in the chain.
      first: the first row that it makes, counted from the image's first.
      end: the row after the last one.
      place: the first row, counted from the first one in memory.
      before: rows of padding before those that it reads.
      reads: what it reads, in the order of its inputs without constants.
    """

    part: int
    first: int
    end: int
    place: int
    before: int
    reads: tuple[Read, ...]


@dataclasses.dataclass(frozen=True)
class Move:
    """Rows that are read again and move to the beginning of their memory.

    Attributes:
      value: the image.
      dropped: rows before them, which nobody reads any more.
      kept: how many move.
    """

    value: Value
    dropped: int
    kept: int


@dataclasses.dataclass(frozen=True)
class Step:
    """What is done for some rows of the chain's output."""

    moves: tuple[Move, ...]
    calls: tuple[Call, ...]


@dataclasses.dataclass(frozen=True)
class Schedule:
    """All steps of a chain.

    Attributes:
      steps: in order.
      rows: of each image that is in buffers, how many rows its buffer has.
      kept: the images of which some rows are there from one step to the next.
    """

    steps: tuple[Step, ...]
    rows: Mapping[Value, int]
    kept: frozenset[Value]


def runs_by_rows(op: Op) -> bool:
    """Whether an operator makes rows of an image of some rows of others: it may be in a chain."""
    output = op.outputs[0] if len(op.outputs) == 1 else None
    if output is None or not _is_image(output):
        return False
    images = activations(op)
    if not images or not all(_is_image(v) for v in images):
        return False
    if any(v is not None and v.is_variable for v in (*op.inputs, output)):
        return False
    if op.kind in _ELEMENTWISE:
        # Constants are the same for all rows.
        return all(v.shape == output.shape for v in images) and all(
            v is None or not v.is_constant or len(v.shape) < 3 or v.shape[-3] == 1
            for v in op.inputs
            if op.kind != "TABLE"
        )
    if op.kind not in (*_CONVOLUTIONS, *_POOLED, *_POOLS):
        return False
    return images == (op.inputs[0],)


def is_dense(op: Op) -> bool:
    """Whether an operator adds up products of an image's rows: it may be the end of a chain."""
    if op.kind != "FULLY_CONNECTED" or activations(op) != (op.inputs[0],):
        return False
    source, weights = op.input(0), op.input(1)
    if not _is_image(source) or source.size != weights.shape[-1]:
        return False
    if source.is_variable or op.output.is_variable:
        return False
    return fully_connected.KERNEL.adds_up(op)


def height(op: Op) -> int:
    """Counts the rows that an operator makes; of a dense layer, those that it reads."""
    return op.input(0).shape[1] if op.kind == "FULLY_CONNECTED" else op.output.shape[1]


def _is_image(value: Value) -> bool:
    return len(value.shape) == 4 and value.shape[0] == 1 and 1 <= value.shape[1] <= _MOST_ROWS


def activations(op: Op) -> tuple[Value, ...]:
    """Lists the inputs that are not constant."""
    return tuple(v for v in op.inputs if v is not None and not v.is_constant)


def window(op: Op) -> Window:
    """Finds how an operator that `runs_by_rows` reads rows: a window without dilation."""
    if op.kind in _POOLED:
        return pooled_convolution.rows_window(op)
    if op.kind in _POOLS:
        return pooling.windows(op)[0]
    if op.kind in _CONVOLUTIONS:
        one = convolution.windows(op)[0]
        return Window((one.size - 1) * one.dilation + 1, one.stride, 1, one.before)
    return Window(1, 1, 1, 0)


def schedule(parts: Sequence[Op], rows: int) -> Schedule | None:
    """Finds when each operator makes which rows: as late as possible, and each row once.

    Args:
      parts: operators that `runs_by_rows`, in order; the last one may be one that `is_dense`. All
        others make images that only they read.
      rows: how many rows of the output are made in a step; of a dense layer, how many it reads.

    Returns:
      The schedule; None if an operator would make rows of nothing but padding.
    """
    windows = [window(op) for op in parts]
    output = parts[-1].output
    producers = {op.output: i for i, op in enumerate(parts)}
    inner = [op.output for op in parts[:-1]]
    last = height(parts[-1])
    ends = [*range(rows, last, rows), last]
    # Of each operator, up to which row it has made after each step.
    made: list[list[int]] = [[] for _ in parts]
    for end in ends:
        needed = dict.fromkeys(inner, 0)
        needed[output] = end
        for i in reversed(range(len(parts))):
            value = parts[i].output
            made[i].append(max(needed[value], made[i][-1] if made[i] else 0))
            if not made[i][-1]:
                continue
            for source in activations(parts[i]):
                if source in producers:
                    reach = windows[i].start(made[i][-1] - 1) + windows[i].size
                    needed[source] = max(needed[source], min(reach, source.shape[1]))
    count = len(ends)
    starts = [[0, *rows_made[:-1]] for rows_made in made]
    # Of each image, the first row that anybody reads in a step or later.
    oldest: dict[Value, list[int]] = {}
    for value in inner:
        firsts = [made[producers[value]][-1]] * count
        for i, op in enumerate(parts):
            if value not in activations(op):
                continue
            later = made[producers[value]][-1]
            for step in reversed(range(count)):
                if made[i][step] > starts[i][step]:
                    later = max(0, windows[i].start(starts[i][step]))
                firsts[step] = min(firsts[step], later)
        # Rows that nobody reads have a place, too.
        oldest[value] = [
            min(first, start) for first, start in zip(firsts, starts[producers[value]], strict=True)
        ]
    steps = []
    remaining = set()
    for step in range(count):
        moves = []
        for value in inner:
            first = oldest[value][step]
            dropped = first - (oldest[value][step - 1] if step else 0)
            kept = starts[producers[value]][step] - first
            if kept:
                remaining.add(value)
            if kept and dropped:
                moves.append(Move(value, dropped, kept))
        calls = []
        for i, op in enumerate(parts):
            start, end = starts[i][step], made[i][step]
            if start == end:
                continue
            reads = []
            top = windows[i].start(start)
            for source in activations(op):
                first = max(0, top)
                below = min(windows[i].start(end - 1) + windows[i].size, source.shape[1])
                if first >= below:
                    return None
                base = oldest[source][step] if source in oldest else 0
                reads.append(Read(source, first, below, first - base))
            place = start - (oldest[op.output][step] if op.output in oldest else 0)
            calls.append(Call(i, start, end, place, max(0, -top), tuple(reads)))
        steps.append(Step(tuple(moves), tuple(calls)))
    buffers = {
        value: max(made[producers[value]][step] - oldest[value][step] for step in range(count))
        for value in inner
    }
    return Schedule(tuple(steps), buffers, frozenset(remaining))
