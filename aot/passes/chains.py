# SPDX-License-Identifier: Apache-2.0
"""Runs operators a few rows at a time if that takes less memory: the images between them vanish."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Mapping, Sequence

from aot.graph import Graph, Op, Value, same_meaning
from aot.kernels import chain, row_schedule
from aot.kernels.kernel import Kernel
from aot.passes.costs import Cost, unknown
from aot.plan import plan_memory

RAM = "ram"
SIZE = "size"
SPEED = "speed"
OPTIMIZE = (SPEED, SIZE, RAM)
"""What a model may be compiled for."""

# The longest chain, and how many rows of its output may be made at a time.
_MOST_PARTS = 8
_ROWS = (1, 2, 3, 4, 6, 8, 12, 16)
# How many calls of layers' functions are looked at in all: models may be damaged.
_MOST_WORK = 100_000
# How many limits of memory, and how many plans are tried.
_MOST_LIMITS = 200
_MOST_PLANS = 12
# For speed, chains may take so much more instructions, and must save so many bytes: about as many
# bytes of flash are their calls.
_MOST_EXTRA = 0.03
_LEAST_SAVED = 1024
# Instructions of a chain, at least; and where there is no prediction, of a call of a layer's
# function, and of a channel in one of a depthwise convolution, which are prepared each time.
_CHAIN = 100
_CALL = 250
_CHANNEL = 60


@dataclasses.dataclass(frozen=True)
class _Choice:
    """Operators that run one after the other, as they are or as a chain.

    Attributes:
      first: the place of the first one in the graph.
      end: the place after the last one.
      op: the operator for all of them.
      peak: how much memory is in use meanwhile, at least.
      extra: how many more instructions a chain takes, estimated.
    """

    first: int
    end: int
    op: Op
    peak: int
    extra: float


def run_by_rows(
    graph: Graph,
    kernels: Mapping[str, Kernel],
    optimize: str = SPEED,
    cost: Cost = unknown,
) -> Graph:
    """Puts operators into chains: see kernels/chain.py.

    Which operators make a chain, and how many rows it makes at a time, is what takes the least
    memory of all choices; then, the least instructions.

    Args:
      graph: the graph.
      kernels: of all of its operators, for the target.
      optimize: one of OPTIMIZE. RAM: the least memory. SPEED: the least memory of the choices that
        take up to 3 % more instructions, if that saves 1 KiB or more. SIZE: no chains, for their
        calls take flash.
      cost: predicts instructions. What it does not know is estimated.

    Returns:
      The graph. What operators in a chain make for each other is not made as a whole any more.
    """
    flat, flattened = without_reshapes(graph)
    if optimize == SIZE or not possible(flat):
        return graph
    plain = plan_memory(graph, kernels).size
    if optimize == SPEED and plain <= _LEAST_SAVED:
        return graph
    graph = flat
    limit = math.inf
    best, best_rank = graph, (plain, 0.0)
    if optimize == SPEED:
        limit = _MOST_EXTRA * sum(_instructions(op, cost) for op in graph.ops)
        best_rank = (plain - _LEAST_SAVED, math.inf)
    # If memory counts most, others may be found by estimates, for no plan is as small as its peak.
    for one in (cost, unknown) if optimize == RAM else (cost,):
        choices = list(_choices(graph, kernels, one))
        ways = [way for way in _ways(choices, len(graph.ops)) if way.extra <= limit]
        # That which needs the least shows how much is enough; then those of fewer instructions.
        tried = 0
        for way in (*ways[:1], *reversed(ways[1:])):
            if way.peak > best_rank[0] or tried == _MOST_PLANS:
                continue
            tried += 1
            made = dataclasses.replace(graph, ops=way.ops)
            rank = (plan_memory(made, kernels).size, way.extra)
            if rank < best_rank:
                best, best_rank = made, rank
    ops = [one for op in best.ops for one in flattened.get(op, (op,))]
    return dataclasses.replace(best, ops=tuple(ops))


def without_reshapes(graph: Graph) -> tuple[Graph, dict[Op, tuple[Op, Op]]]:
    """Lets dense layers read images where a RESHAPE would make one dimension of them.

    Args:
      graph: the graph.

    Returns:
      (the graph, of each such layer the operators in whose place it is).
    """
    users, producers = graph.users(), graph.producers()
    replaced: dict[Op, tuple[Op, Op]] = {}
    for op in graph.ops:
        flat = op.optional_input(0) if op.kind == "FULLY_CONNECTED" else None
        reshape = producers.get(flat) if flat is not None else None
        if flat is None or reshape is None or reshape.kind != "RESHAPE":
            continue
        if users[flat] != [op] or flat in graph.outputs:
            continue
        # The layer would take the image's zero point and scale.
        if not same_meaning(reshape.input(0), flat):
            continue
        made = dataclasses.replace(op, inputs=(reshape.input(0), *op.inputs[1:]))
        if row_schedule.is_dense(made):
            replaced[made] = (reshape, op)
    of = {op: made for made, (_, op) in replaced.items()}
    dropped = {reshape for reshape, _ in replaced.values()}
    ops = [of.get(op, op) for op in graph.ops if op not in dropped]
    return dataclasses.replace(graph, ops=tuple(ops)), replaced


@dataclasses.dataclass(frozen=True)
class _Way:
    """Choices for all operators of a graph."""

    ops: tuple[Op, ...]
    peak: int
    extra: float


def _ways(choices: Sequence[_Choice], count: int) -> list[_Way]:
    """Lists ways through a graph: the least memory first, then ever less instructions."""
    found: list[_Way] = []
    limits = sorted({choice.peak for choice in choices})
    for most in limits[:: -(-len(limits) // _MOST_LIMITS)]:
        chosen = _cheapest(choices, count, most)
        if chosen is None:
            continue
        extra = sum(choice.extra for choice in chosen)
        if not found or extra < found[-1].extra:
            ops = tuple(choice.op for choice in chosen)
            found.append(_Way(ops, max(choice.peak for choice in chosen), extra))
    return found


def _choices(graph: Graph, kernels: Mapping[str, Kernel], cost: Cost) -> Iterator[_Choice]:
    """Lists all operators, and the chains that may be of use."""
    lives = _lives(graph)
    single = [
        _Choice(i, i + 1, op, _peak(i, i + 1, op, kernels, lives), 0)
        for i, op in enumerate(graph.ops)
    ]
    yield from single
    chains = possible(graph)
    # Of operators that are in no chain, the memory is in use anyway.
    inside = {i for first, end in chains for i in range(first, end)}
    least = max((one.peak for one in single if one.first not in inside), default=0)
    most = max((one.peak for one in single), default=0)
    work = 0
    for first, end in chains:
        parts = graph.ops[first:end]
        if max(one.peak for one in single[first:end]) <= least:
            continue
        for rows in _ROWS:
            if rows > 1 and rows >= row_schedule.height(parts[-1]):
                break
            work += len(parts) * -(-row_schedule.height(parts[-1]) // rows)
            if work > _MOST_WORK:
                return
            plan = row_schedule.schedule(parts, rows)
            if plan is None:
                continue
            op = chain.chain(parts, rows)
            peak = _peak(first, end, op, kernels, lives)
            if peak < most:
                yield _Choice(first, end, op, peak, _extra(op, plan, cost))


def _lives(graph: Graph) -> dict[Value, tuple[int, int]]:
    """Finds between which operators each value is in memory: that which makes it, and the last."""
    lives = {value: (-1, -1) for value in graph.inputs}
    for i, op in enumerate(graph.ops):
        for value in (*op.inputs, *op.outputs):
            if value is not None and not value.is_constant and not value.is_variable:
                lives[value] = (lives.get(value, (i, i))[0], i)
    return lives | {
        value: (lives[value][0], len(graph.ops)) for value in graph.outputs if value in lives
    }


def possible(graph: Graph) -> list[tuple[int, int]]:
    """Lists from which place to which one operators could be a chain.

    Args:
      graph: the graph.

    Returns:
      (the place of the first one, that after the last one), in order.
    """
    lives = _lives(graph)
    found = []
    by_rows = [row_schedule.runs_by_rows(op) for op in graph.ops]
    dense = [row_schedule.is_dense(op) for op in graph.ops]
    for first in range(len(graph.ops)):
        for end in range(first + 1, min(first + _MOST_PARTS, len(graph.ops)) + 1):
            if not by_rows[end - 1] and not dense[end - 1]:
                break
            # What is made inside is read inside, by somebody.
            inner = [op.output for op in graph.ops[first : end - 1]]
            used = {v for op in graph.ops[first:end] for v in op.inputs}
            if inner and all(lives[v][1] < end and v in used for v in inner):
                found.append((first, end))
            if dense[end - 1]:
                break
    return found


def _peak(
    first: int,
    end: int,
    op: Op,
    kernels: Mapping[str, Kernel],
    lives: Mapping[Value, tuple[int, int]],
) -> int:
    """Finds how much memory is in use while an operator runs, at least."""
    total = sum(v.byte_size for v, (made, last) in lives.items() if made < first <= last)
    if op.blocks:
        return total
    kernel = kernels[op.kind]
    total += kernel.scratch_bytes(op)
    total += sum(v.byte_size for v in op.outputs if v in lives)
    shared = [0]
    distances = kernel.distances(op)
    for i in dict.fromkeys((*distances, *kernel.may_share(op))):
        value = op.optional_input(i)
        if value is None or value not in lives or lives[value][1] >= end:
            continue
        output, source = op.output.byte_size, value.byte_size
        if i in distances:
            together = max(output, max(distances[i].least, 0) + source)
            shared.append(output + source - together)
        elif output <= source:
            shared.append(output)
    return total - max(shared)


def _cheapest(choices: Sequence[_Choice], count: int, most: int) -> list[_Choice] | None:
    """Finds the choices of the least instructions in which no more memory is in use; None if none.

    This is the shortest way through places in the graph, from the first to the last.
    """
    ways: list[tuple[float, _Choice | None] | None] = [None] * (count + 1)
    ways[0] = (0.0, None)
    for choice in sorted(choices, key=lambda one: one.first):
        start = ways[choice.first]
        if start is None or choice.peak > most:
            continue
        extra, known = start[0] + choice.extra, ways[choice.end]
        if known is None or extra < known[0]:
            ways[choice.end] = (extra, choice)
    found: list[_Choice] = []
    place = count
    while place:
        way = ways[place]
        if way is None or way[1] is None:
            return None
        found.append(way[1])
        place = way[1].first
    return found[::-1]


def _instructions(op: Op, cost: Cost) -> float:
    """Predicts the instructions of an operator, or estimates them."""
    predicted = cost(op)
    return _work(op) if predicted is None else predicted


def _work(op: Op) -> float:
    """Estimates the instructions of an operator."""
    made = sum(v.size for v in op.outputs)
    if op.kind in ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED") or op.intermediates:
        weights = op.optional_input(1)
        features = op.intermediates[0] if op.intermediates else None
        made = max(made, features.size if features is not None else 0)
        if weights is not None and weights.size:
            depthwise = op.kind.startswith("DEPTHWISE")
            taps = math.prod(weights.shape[1:3] if depthwise else weights.shape[1:])
            return made * (taps * (1.5 if depthwise else 1) + 10.0)
    return 10.0 * made


def _extra(op: Op, plan: row_schedule.Schedule, cost: Cost) -> float:
    """Predicts how many instructions a chain takes more than its parts, or estimates them."""
    parts = op.parts
    as_chain, apart = cost(op), cost(*parts)
    if as_chain is not None and apart is not None:
        # Less than that is not known so well, and its calls take flash.
        return max(as_chain - apart, _CHAIN)
    total = 0.0
    for step in plan.steps:
        for move in step.moves:
            total += 0.6 * move.kept * math.prod(move.value.shape[2:])
        for call in step.calls:
            total += _CALL
            part = parts[call.part]
            if part.kind.startswith("DEPTHWISE"):
                # A channel's rows are copied, those that windows share each time.
                again = sum(read.end - read.first for read in call.reads) - (call.end - call.first)
                total += part.output.shape[3] * (
                    _CHANNEL + 3 * max(again, 0) * part.output.shape[2]
                )
    return max(total - _CALL * len(parts), 0) + _CHAIN
