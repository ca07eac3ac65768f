# SPDX-License-Identifier: Apache-2.0
"""Places values in the working memory: who lives when, what may lie on what, offsets."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import numpy as np

from aot.graph import Graph, Op, Value
from aot.kernels.kernel import Kernel

T = TypeVar("T", int, np.ndarray)

# The least alignment of a value: words are copied faster.
ALIGNMENT = 4


@dataclasses.dataclass(frozen=True)
class Plan:
    """Where everything is.

    Attributes:
      offsets: of each value that is in the working memory, in bytes.
      scratch: the offset of each operator's scratch memory, for those that have some.
      size: of the working memory in bytes.
      variables: the offset of each variable in the variables' own memory.
      variables_size: of that memory.
    """

    offsets: Mapping[Value, int]
    scratch: Mapping[Op, int]
    size: int
    variables: Mapping[Value, int]
    variables_size: int


@dataclasses.dataclass
class _Buffer:
    """A piece of memory: of a value and of those that lie on it, or scratch."""

    size: int
    alignment: int
    first: int
    last: int
    offset: int = 0


def plan_memory(graph: Graph, kernels: Mapping[str, Kernel]) -> Plan:
    """Places values.

    Args:
      graph: the graph.
      kernels: of all of its operators.

    Returns:
      The smallest plan of several rules of what may lie on what, and of several orders in which a
      greedy planner places buffers.
    """
    size, buffers, scratch = min(
        (_planned(graph, kernels, rule) for rule in _RULES), key=lambda plan: plan[0]
    )
    variables: dict[Value, int] = {}
    position = 0
    for value in graph.variables:
        variables[value] = position
        position = _aligned(position + max(value.byte_size, 1), 8)
    return Plan(
        {value: buffer.offset for value, buffer in buffers.items()},
        {op: buffer.offset for op, buffer in scratch.items()},
        _aligned(size, ALIGNMENT),
        variables,
        position,
    )


_ORDERS = (
    lambda b: -b.size,
    lambda b: (-b.size, -b.first),
    lambda b: (b.first, -b.size),
    lambda b: (-b.last, -b.size),
    lambda b: -(b.size * (b.last - b.first + 1)),
    lambda b: (-(b.last - b.first), -b.size),
)


# Whether so many bytes may lie on so many. What is on a larger value keeps all of it alive, so that
# in some models it is better apart. The first rule that takes the least memory counts.
_Rule = Callable[[int, int], bool]
_RULES: tuple[_Rule, ...] = (
    lambda output, value: output <= value,
    lambda output, value: output <= value <= 2 * output,
    lambda output, value: output == value,
    lambda output, value: False,
)


def _planned(
    graph: Graph, kernels: Mapping[str, Kernel], rule: _Rule
) -> tuple[int, dict[Value, _Buffer], dict[Op, _Buffer]]:
    """Places values by one rule; gives the memory's size and the buffers with their offsets."""
    buffers, scratch = _buffers(graph, kernels, rule)
    found = list({id(b): b for b in (*buffers.values(), *scratch.values())}.values())
    best: list[int] | None = None
    best_size = 0
    for key in _ORDERS:
        offsets = _place(sorted(range(len(found)), key=lambda i: key(found[i])), found)
        size = max((o + b.size for o, b in zip(offsets, found, strict=True)), default=0)
        if best is None or size < best_size:
            best, best_size = offsets, size
    for buffer, offset in zip(found, best or [], strict=True):
        buffer.offset = offset
    return best_size, buffers, scratch


def _aligned(size: T, alignment: int) -> T:
    return -(-size // alignment) * alignment


def _buffers(
    graph: Graph, kernels: Mapping[str, Kernel], rule: _Rule
) -> tuple[dict[Value, _Buffer], dict[Op, _Buffer]]:
    """Finds when each value lives, and which ones share their memory."""
    order: list[Op | None] = []
    loops: list[tuple[int, int]] = []
    ends: dict[Op, int] = {}
    _flatten(graph.ops, order, loops, ends)
    last_use = _last_uses(graph, order, loops, ends)
    buffers: dict[Value, _Buffer] = {}
    scratch: dict[Op, _Buffer] = {}

    def add(value: Value, first: int) -> None:
        if value.is_constant or value.is_variable or value in buffers:
            return
        alignment = max(ALIGNMENT, np.dtype(value.dtype).itemsize)
        size = _aligned(value.byte_size, ALIGNMENT)
        buffers[value] = _Buffer(size, alignment, first, last_use[value])

    for value in graph.inputs:
        add(value, 0)
    for i, op in enumerate(order):
        if op is None or op.blocks:
            continue
        shared = _shared(op, kernels[op.kind], buffers, last_use, i, rule)
        if shared is not None:
            buffers[op.output] = buffers[shared]
            buffers[shared].last = max(buffers[shared].last, last_use[op.output])
        for value in op.outputs:
            add(value, i)
        size = kernels[op.kind].scratch_bytes(op)
        if size:
            scratch[op] = _Buffer(_aligned(size, ALIGNMENT), 8, i, i)
    return buffers, scratch


def _flatten(
    ops: Sequence[Op],
    order: list[Op | None],
    loops: list[tuple[int, int]],
    ends: dict[Op, int],
) -> None:
    """Puts operators and those of their blocks in one order.

    Args:
      ops: the operators.
      order: gets them. IF and WHILE stand where their conditions are read, None where a loop ends.
      loops: gets the first and the last place of each loop.
      ends: gets the last place of each IF and WHILE.
    """
    for op in ops:
        if op.kind == "WHILE":
            first, condition, repeated = op.blocks
            _flatten(first, order, loops, ends)
            start = len(order)
            _flatten(condition, order, loops, ends)
            order.append(op)
            _flatten(repeated, order, loops, ends)
            loops.append((start, len(order)))
            order.append(None)
        else:
            order.append(op)
            for block in op.blocks:
                _flatten(block, order, loops, ends)
        if op.blocks:
            ends[op] = len(order) - 1


def _last_uses(
    graph: Graph,
    order: Sequence[Op | None],
    loops: Sequence[tuple[int, int]],
    ends: Mapping[Op, int],
) -> dict[Value, int]:
    """Finds the last place in the order where each value is needed."""
    uses: dict[Value, list[int]] = {value: [-1] for value in graph.inputs}
    for i, op in enumerate(order):
        if op is None:
            continue
        for value in (op.condition,) if op.blocks else (*op.inputs, *op.outputs):
            if value is not None:
                uses.setdefault(value, []).append(i)
    last = {value: max(places[-1], 0) for value, places in uses.items()}
    # What IF or WHILE makes is there when it is done, though nobody may read it.
    for op, end in ends.items():
        for value in op.outputs:
            last[value] = max(last.get(value, 0), end)
    for start, end in loops:
        for value, places in uses.items():
            # What comes from outside must still be there in the next round.
            if places[0] < start and any(start <= place <= end for place in places):
                last[value] = max(last[value], end)
    for value in graph.outputs:
        last[value] = len(order)
    return last


def _shared(
    op: Op,
    kernel: Kernel,
    buffers: Mapping[Value, _Buffer],
    last_use: Mapping[Value, int],
    now: int,
    rule: _Rule,
) -> Value | None:
    """Finds the input on which an output may lie."""
    output = op.output
    if output.is_variable or output in buffers:
        return None
    for i in kernel.may_share(op):
        value = op.optional_input(i)
        if value is None or value not in buffers or not rule(output.byte_size, value.byte_size):
            continue
        if np.dtype(output.dtype).itemsize > np.dtype(value.dtype).itemsize:
            continue
        # Whatever else lies there must be dead, too.
        if buffers[value].last <= now and last_use[value] <= now:
            return value
    return None


def _place(order: Sequence[int], buffers: Sequence[_Buffer]) -> list[int]:
    """Puts each buffer in the first gap between those that live at the same time."""
    sizes, first, last = (
        np.array([getattr(b, name) for b in buffers], np.int64)
        for name in ("size", "first", "last")
    )
    offsets = np.zeros(len(buffers), np.int64)
    # By their offsets.
    placed = np.zeros(0, np.int64)
    for i in order:
        others = placed[(first[placed] <= last[i]) & (first[i] <= last[placed])]
        ends = _aligned(offsets[others] + sizes[others], buffers[i].alignment)
        # Where there may be room: at the beginning, and behind each of the others.
        begins = np.concatenate([[0], np.maximum.accumulate(ends)])
        gaps = np.flatnonzero(offsets[others] >= begins[:-1] + sizes[i])
        offsets[i] = begins[gaps[0]] if gaps.size else begins[-1]
        place = np.searchsorted(offsets[placed], offsets[i], side="right")
        placed = np.insert(placed, place, i)
    return [int(offset) for offset in offsets]
