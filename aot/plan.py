# SPDX-License-Identifier: Apache-2.0
"""Places values in the working memory: who lives when, what may lie on what, offsets."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

import numpy as np

from aot.graph import Graph, Op, Value
from aot.kernels.kernel import Distance, Kernel

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


@dataclasses.dataclass(frozen=True)
class _Pair:
    """An output and an input of its operator that may share memory, as numbers of buffers.

    Attributes:
      output: begins so far before the input, or both have nothing in common.
      input: nobody needs it any more.
      distance: from the output to the input.
    """

    output: int
    input: int
    distance: Distance


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
    needs = _Needs.of(graph, kernels)
    plans: dict[frozenset[frozenset[Value]], _Planned] = {}
    for rule in _RULES:
        buffers, scratch = _buffers(graph, needs, rule)
        together: dict[int, set[Value]] = {}
        for value, buffer in buffers.items():
            together.setdefault(id(buffer), set()).add(value)
        # In most graphs several rules put the same values together.
        same = frozenset(map(frozenset, together.values()))
        if same not in plans:
            plans[same] = _planned(needs, buffers, scratch)
    size, buffers, scratch = min(plans.values(), key=lambda plan: plan[0])
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


# How often a better order is looked for, and of how many buffers together at most.
_ROUNDS = 40
_MOST_TRIED = 4000

# No other distance is a multiple of it.
_SAME_PLACE = Distance(0, 1 << 62)

# Whether so many bytes may lie on so many. What is on a larger value keeps all of it alive, so that
# in some models it is better apart. The first rule that takes the least memory counts.
_Rule = Callable[[int, int], bool]
_RULES: tuple[_Rule, ...] = (
    lambda output, value: output <= value,
    lambda output, value: output <= value <= 2 * output,
    lambda output, value: output == value,
    lambda output, value: False,
)


_Planned = tuple[int, dict[Value, _Buffer], dict[Op, _Buffer]]
"""The memory's size, and the buffers with their offsets."""


def _planned(needs: _Needs, buffers: dict[Value, _Buffer], scratch: dict[Op, _Buffer]) -> _Planned:
    """Places the buffers that one rule made."""
    found = list({id(b): b for b in (*buffers.values(), *scratch.values())}.values())
    numbers = {id(buffer): i for i, buffer in enumerate(found)}
    pairs = list(_pairs(needs, {value: numbers[id(b)] for value, b in buffers.items()}, found))
    best: list[int] = []
    best_size = -1
    best_order: list[int] = []
    best_pairs: list[_Pair] = []
    least = _least(found, pairs)
    for kept in ([], pairs) if pairs else ([],):
        for key in _ORDERS:
            if best_size == least:
                break
            order = sorted(range(len(found)), key=lambda i: key(found[i]))
            offsets = _place(order, found, kept)
            size = _end(offsets, found)
            if best_size < 0 or size < best_size:
                best, best_size, best_order, best_pairs = offsets, size, order, kept
    if pairs:
        best, best_size = _improved(best_order, best, found, best_pairs or pairs, least)
    for buffer, offset in zip(found, best, strict=True):
        buffer.offset = offset
    return best_size, buffers, scratch


def _end(offsets: Sequence[int], buffers: Sequence[_Buffer]) -> int:
    return max((o + b.size for o, b in zip(offsets, buffers, strict=True)), default=0)


def _improved(
    order: list[int],
    offsets: list[int],
    buffers: Sequence[_Buffer],
    pairs: Sequence[_Pair],
    least: int,
) -> tuple[list[int], int]:
    """Looks for a better order of placing: what ends last, or any other, is placed elsewhere.

    Args:
      order: of the buffers.
      offsets: where they are placed by it.
      buffers: all of them.
      pairs: those that may share memory.
      least: what all plans take at least.

    Returns:
      The offsets of a plan that takes no more memory, and the end of that.
    """
    random = np.random.default_rng(0)
    size = _end(offsets, buffers)
    known = {tuple(order): offsets}
    for _ in range(min(_ROUNDS, _MOST_TRIED // max(len(buffers), 1))):
        if size <= least:
            break
        ends = [i for i in order if offsets[i] + buffers[i].size == size]
        candidates = order if random.integers(2) else ends
        moved = candidates[int(random.integers(len(candidates)))]
        tried = [i for i in order if i != moved]
        tried.insert(int(random.integers(len(order))), moved)
        # Few buffers have few orders.
        found = known.get(tuple(tried)) or _place(tried, buffers, pairs)
        known[tuple(tried)] = found
        if _end(found, buffers) <= size:
            order, offsets, size = tried, found, _end(found, buffers)
    return offsets, size


def _least(buffers: Sequence[_Buffer], pairs: Sequence[_Pair]) -> int:
    """Finds how much memory all that lives at one time takes at least."""
    first = min((b.first for b in buffers), default=0)
    live = np.zeros(max((b.last for b in buffers), default=0) - first + 1, np.int64)
    for buffer in buffers:
        live[buffer.first - first : buffer.last - first + 1] += buffer.size
    for pair in pairs:
        output, source = buffers[pair.output], buffers[pair.input]
        together = max(output.size, max(pair.distance.least, 0) + source.size)
        live[output.first - first] -= max(0, output.size + source.size - together)
    return int(live.max(initial=0))


def _pairs(
    needs: _Needs, numbers: Mapping[Value, int], buffers: Sequence[_Buffer]
) -> Iterator[_Pair]:
    """Finds which buffers may share memory though both are needed by an operator."""
    for i, op in enumerate(needs.order):
        if op is None or op.blocks or op.output not in numbers:
            continue
        output = numbers[op.output]
        for value, distance in needs.distances[op].items():
            # One ends and the other one begins here. Those that share a place have no pair.
            source = numbers.get(value, output)
            if source != output and buffers[source].last == i == buffers[output].first:
                yield _Pair(output, source, distance)


def _aligned(size: T, alignment: int) -> T:
    return -(-size // alignment) * alignment


@dataclasses.dataclass(frozen=True)
class _Needs:
    """What operators need, whatever the rule is.

    Attributes:
      order: all operators; None where a loop ends.
      last_use: the last place in the order where each value is needed.
      scratch: bytes of scratch memory of each operator.
      places: inputs of each on which its output may lie.
      distances: of each, of those that its output may share memory with; see `_Pair`.
    """

    order: Sequence[Op | None]
    last_use: Mapping[Value, int]
    scratch: Mapping[Op, int]
    places: Mapping[Op, Sequence[Value]]
    distances: Mapping[Op, Mapping[Value, Distance]]

    @classmethod
    def of(cls, graph: Graph, kernels: Mapping[str, Kernel]) -> _Needs:
        """Asks the kernels."""
        order: list[Op | None] = []
        loops: list[tuple[int, int]] = []
        ends: dict[Op, int] = {}
        _flatten(graph.ops, order, loops, ends)
        last_use = _last_uses(graph, order, loops, ends)
        scratch: dict[Op, int] = {}
        places: dict[Op, Sequence[Value]] = {}
        distances: dict[Op, Mapping[Value, Distance]] = {}
        for op in order:
            if op is None or op.blocks:
                continue
            kernel = kernels[op.kind]
            scratch[op] = kernel.scratch_bytes(op)
            inputs = [op.optional_input(i) for i in kernel.may_share(op)]
            places[op] = [value for value in inputs if value is not None]
            distances[op] = _distances(op, kernel, places[op])
        return cls(order, last_use, scratch, places, distances)


def _distances(op: Op, kernel: Kernel, places: Sequence[Value]) -> Mapping[Value, Distance]:
    """Finds of an operator's inputs how far before them its output may begin: see `_Pair`."""
    found: dict[Value, Distance] = {}
    if not op.outputs:
        return found
    distances = kernel.distances(op)
    for value in dict.fromkeys(v for v in op.inputs if v is not None):
        uses = [i for i, v in enumerate(op.inputs) if v is value]
        if all(i in distances for i in uses):
            least = max(distances[i].least for i in uses)
            if least < op.output.byte_size:
                found[value] = Distance(least, math.lcm(*(distances[i].step for i in uses)))
        elif value in places and _fits(op.output, value):
            found[value] = _SAME_PLACE
    return found


def _fits(output: Value, value: Value) -> bool:
    """Whether an output may lie on a value for its size, and for the alignment of its type."""
    aligned = np.dtype(output.dtype).itemsize <= np.dtype(value.dtype).itemsize
    return aligned and output.byte_size <= value.byte_size


def _buffers(
    graph: Graph, needs: _Needs, rule: _Rule
) -> tuple[dict[Value, _Buffer], dict[Op, _Buffer]]:
    """Finds when each value lives, and which ones share their memory."""
    last_use = needs.last_use
    buffers: dict[Value, _Buffer] = {}
    scratch: dict[Op, _Buffer] = {}

    def add(value: Value, first: int) -> None:
        if value.is_constant or value.is_variable or value in buffers:
            return
        alignment = max(ALIGNMENT, np.dtype(value.dtype).itemsize)
        size = _aligned(value.byte_size, ALIGNMENT)
        buffers[value] = _Buffer(size, alignment, first, last_use[value])

    # Before the first operator, of which an output may begin.
    for value in graph.inputs:
        add(value, -1)
    for i, op in enumerate(needs.order):
        if op is None or op.blocks:
            continue
        shared = _shared(op, needs.places[op], buffers, last_use, i, rule)
        if shared is not None:
            buffers[op.output] = buffers[shared]
            buffers[shared].last = max(buffers[shared].last, last_use[op.output])
        for value in op.outputs:
            add(value, i)
        size = needs.scratch[op]
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
    places: Sequence[Value],
    buffers: Mapping[Value, _Buffer],
    last_use: Mapping[Value, int],
    now: int,
    rule: _Rule,
) -> Value | None:
    """Finds the input on which an output may lie."""
    output = op.output
    if output.is_variable or output in buffers:
        return None
    for value in places:
        if value not in buffers or not rule(output.byte_size, value.byte_size):
            continue
        if np.dtype(output.dtype).itemsize > np.dtype(value.dtype).itemsize:
            continue
        # Whatever else lies there must be dead, too.
        if buffers[value].last <= now and last_use[value] <= now:
            return value
    return None


def _place(order: Sequence[int], buffers: Sequence[_Buffer], pairs: Sequence[_Pair]) -> list[int]:
    """Puts each buffer in the first gap between those that live at the same time."""
    sizes, first, last = (
        np.array([getattr(b, name) for b in buffers], np.int64)
        for name in ("size", "first", "last")
    )
    of: dict[int, list[_Pair]] = {}
    for pair in pairs:
        of.setdefault(pair.output, []).append(pair)
        of.setdefault(pair.input, []).append(pair)
    offsets = np.zeros(len(buffers), np.int64)
    # By their offsets.
    placed = np.zeros(0, np.int64)
    for i in order:
        others = placed[(first[placed] <= last[i]) & (first[i] <= last[placed])]
        # It must not begin between these.
        lows, highs = offsets[others] - sizes[i], offsets[others] + sizes[others]
        if i in of:
            offsets[i] = _near(i, of[i], others, offsets, buffers[i].alignment, lows, highs)
        else:
            offsets[i] = _first_gap(lows, highs, buffers[i].alignment, 0)
        place = np.searchsorted(offsets[placed], offsets[i], side="right")
        placed = np.concatenate([placed[:place], [i], placed[place:]])
    return [int(offset) for offset in offsets]


def _near(
    i: int,
    pairs: Sequence[_Pair],
    others: np.ndarray,
    offsets: np.ndarray,
    alignment: int,
    lows: np.ndarray,
    highs: np.ndarray,
) -> int:
    """Finds the first place of a buffer that may share memory with others.

    Args:
      i: the buffer.
      pairs: that it is one of.
      others: those that live at the same time.
      offsets: of all.
      alignment: its own.
      lows: it must not begin between this, for each of the others that it shares nothing with...
      highs: ...and this.

    Returns:
      Its offset.
    """
    free_lows, free_highs = lows.copy(), highs.copy()
    steps: list[tuple[int, int, int, int]] = []
    for pair in pairs:
        other = pair.input if i == pair.output else pair.output
        for j in np.flatnonzero(others == other):
            offset = int(offsets[other])
            if i == pair.output:
                free_lows[j] = offset - pair.distance.least
            else:
                free_highs[j] = offset + pair.distance.least
            if pair.distance.step > 1:
                steps.append((int(lows[j]), offset, int(highs[j]), pair.distance.step))
    by_lows = np.argsort(free_lows, kind="stable")
    free_lows, free_highs = free_lows[by_lows], free_highs[by_lows]
    place = -1
    found = 0
    while place != found:
        place = found
        found = _first_gap(free_lows, free_highs, alignment, place)
        for low, offset, high, step in steps:
            if low < found < high and (found - offset) % step:
                found += (offset - found) % step
                found = min(found, high)
        found = _aligned(found, alignment)
    return place


def _first_gap(lows: np.ndarray, highs: np.ndarray, alignment: int, start: int) -> int:
    """Finds the first multiple of an alignment that is between no low and its high.

    Args:
      lows: in ascending order.
      highs: of each.
      alignment: 1 or more.
      start: where the search begins, a multiple.

    Returns:
      The place, `start` or more.
    """
    # Where there may be room: at the start, and behind each of the others.
    begins = np.maximum.accumulate(np.concatenate([[start], _aligned(highs, alignment)]))
    gaps = np.flatnonzero(lows >= begins[:-1])
    return int(begins[gaps[0]] if gaps.size else begins[-1])
