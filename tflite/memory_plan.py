# SPDX-License-Identifier: Apache-2.0
"""The memory plan of a model's activations, as TFLM makes it: lifetimes, offsets and the peak.

Lifetimes are those of today's TFLM (micro_allocation_info.cc), which for models of one subgraph
overlap as those of 2020 do; offsets are those of its GreedyMemoryPlanner.
"""

from __future__ import annotations

import bisect
import dataclasses
from collections.abc import Sequence

from tflite.model import Model, Node

ALIGNMENT = 16
# TFLM's planner takes quadratic time, ours too.
MAX_BUFFERS = 5_000
MAX_STEPS = 100_000
MAX_DEPTH = 50
CALLS = {
    "IF": ("then_subgraph_index", "else_subgraph_index"),
    "CALL_ONCE": ("init_subgraph_index",),
    "WHILE": ("cond_subgraph_index", "body_subgraph_index"),
}
"""Operators that run subgraphs, and the options that name these, in TFLM's order of planning."""

# Lifetimes of what is never reached, as in TFLM.
_NEVER = -1


class PlanError(ValueError):
    """A model for which there is no plan. The message is a part of a line."""


@dataclasses.dataclass(frozen=True)
class Step:
    """A moment of an inference.

    Attributes:
      subgraph: the number of the subgraph that is run.
      node: the operator's place in it; None for the subgraph's start, with its inputs written.
      name: the operator's name; "start" if there is none.
    """

    subgraph: int
    node: int | None
    name: str


@dataclasses.dataclass(frozen=True)
class PlannedTensor:
    """A tensor in the plan.

    Attributes:
      subgraph: its subgraph's number.
      tensor: its number there.
      name: its name.
      bytes: its size.
      size: the size that is planned, aligned.
      first: the step in which it is written; -1 if it never is.
      last: the last step in which it is needed; -1 if it never is.
      offset: where it lies.
    """

    subgraph: int
    tensor: int
    name: str
    bytes: int
    size: int
    first: int
    last: int
    offset: int


@dataclasses.dataclass(frozen=True)
class MemoryPlan:
    """A plan.

    Attributes:
      steps: the moments of an inference.
      tensors: what is planned, in the order of the file.
      peak: the bytes that the plan takes.
      live: for each step the bytes of the tensors that live then: no plan can take less than the
        largest of them.
      variables: the bytes of variables, which are kept beside the plan.
    """

    steps: tuple[Step, ...]
    tensors: tuple[PlannedTensor, ...]
    peak: int
    live: tuple[int, ...]
    variables: int


def align(size: int) -> int:
    """Rounds a size up to what TFLM allocates.

    Args:
      size: bytes.

    Returns:
      The next multiple of ALIGNMENT.
    """
    return -(-size // ALIGNMENT) * ALIGNMENT


def greedy_offsets(buffers: Sequence[tuple[int, int, int]], ties: str = "first") -> list[int]:
    """Places buffers as TFLM's GreedyMemoryPlanner does.

    The largest comes first; each goes to the first gap, from the bottom, between those that live at
    the same time.

    Args:
      buffers: (size, first, last) of each, both steps included.
      ties: which of several of one size comes first: "first", as in TFLM of 2020, or "last", as in
        today's.

    Returns:
      Their offsets.
    """
    offsets = [0] * len(buffers)
    # Those that are placed, by offset, in the order of placing if offsets are the same.
    placed_offsets: list[int] = []
    placed: list[tuple[int, int, int, int]] = []
    order = range(len(buffers)) if ties == "first" else range(len(buffers) - 1, -1, -1)
    for index in sorted(order, key=lambda i: -buffers[i][0]):
        size, first, last = buffers[index]
        offset = 0
        for other_offset, other_size, other_first, other_last in placed:
            if other_first > last or first > other_last:
                continue
            if other_offset - offset >= size:
                break
            offset = max(offset, other_offset + other_size)
        offsets[index] = offset
        place = bisect.bisect_right(placed_offsets, offset)
        placed_offsets.insert(place, offset)
        placed.insert(place, (offset, size, first, last))
    return offsets


class _Lifetimes:
    """Walks through an inference and marks when each tensor is written and read."""

    def __init__(self, model: Model) -> None:
        self.steps: list[Step] = []
        self.spans = {
            (subgraph.index, tensor.index): (_NEVER, _NEVER)
            for subgraph in model.subgraphs
            for tensor in subgraph.tensors
        }
        self._model = model
        self._running: list[int] = []
        self.walk(0)

    def _step(self, subgraph: int, node: Node | None) -> None:
        if len(self.steps) >= MAX_STEPS:
            raise PlanError(f"an inference has more than {MAX_STEPS} steps")
        name = "start" if node is None else node.operator.name
        self.steps.append(Step(subgraph, None if node is None else node.index, name))

    def _write(self, subgraph: int, tensor: int) -> None:
        first, last = self.spans[subgraph, tensor]
        if first == _NEVER:
            self.spans[subgraph, tensor] = (len(self.steps) - 1, last)

    def _need(self, subgraph: int, tensor: int) -> None:
        first, _ = self.spans[subgraph, tensor]
        self.spans[subgraph, tensor] = (first, len(self.steps) - 1)

    def walk(self, index: int) -> None:
        if index in self._running or len(self._running) >= MAX_DEPTH:
            raise PlanError(f"subgraph {index} calls itself")
        self._running.append(index)
        subgraph = self._model.subgraphs[index]
        self._step(index, None)
        for tensor in subgraph.inputs:
            self._write(index, tensor)
            self._need(index, tensor)
        for node in subgraph.nodes:
            self._step(index, node)
            for tensor in node.outputs:
                self._write(index, tensor)
            for called in called_subgraphs(node):
                if not 0 <= called < len(self._model.subgraphs):
                    raise PlanError(f"operator {node.index} calls subgraph {called}, which is none")
                self.walk(called)
            for tensor in (*node.inputs, *node.outputs):
                # -1 is an optional input that is left out.
                if tensor >= 0:
                    self._need(index, tensor)
        for tensor in subgraph.outputs:
            self._write(index, tensor)
            self._need(index, tensor)
        self._running.pop()


def called_subgraphs(node: Node) -> list[int]:
    """Lists the subgraphs that an operator runs.

    Args:
      node: the operator.

    Returns:
      Their numbers, in the order in which TFLM plans them.
    """
    numbers = (node.options.get(name) for name in CALLS.get(node.operator.name, ()))
    return [number for number in numbers if isinstance(number, int)]


def plan_memory(model: Model, ties: str = "first") -> MemoryPlan:
    """Plans a model's activations.

    Args:
      model: the model.
      ties: of the linked TFLM's planner, see `greedy_offsets`.

    Returns:
      The plan. Scratch buffers of kernels, whose sizes are not in the file, are not in it.

    Raises:
      PlanError: there is none.
    """
    lifetimes = _Lifetimes(model)
    found = []
    variables = 0
    for subgraph in model.subgraphs:
        for tensor in subgraph.tensors:
            if tensor.is_constant:
                continue
            size = tensor.byte_size
            if size is None:
                raise PlanError(f"tensor {tensor.index} is {tensor.dtype}, of no fixed size")
            if tensor.is_variable:
                variables += align(size)
            elif size:
                first, last = lifetimes.spans[subgraph.index, tensor.index]
                found.append((subgraph.index, tensor, size, first, last))
    if len(found) > MAX_BUFFERS:
        raise PlanError(f"{len(found)} tensors are more than the {MAX_BUFFERS} that are planned")
    offsets = greedy_offsets(
        [(align(size), first, last) for _, _, size, first, last in found], ties
    )
    planned = tuple(
        PlannedTensor(subgraph, tensor.index, tensor.name, size, align(size), first, last, offset)
        for (subgraph, tensor, size, first, last), offset in zip(found, offsets, strict=True)
    )
    changes = [0] * (len(lifetimes.steps) + 1)
    for entry in planned:
        if entry.last >= 0:
            changes[max(entry.first, 0)] += entry.size
            changes[entry.last + 1] -= entry.size
    live: list[int] = []
    for change in changes[:-1]:
        live.append((live[-1] if live else 0) + change)
    return MemoryPlan(
        tuple(lifetimes.steps),
        planned,
        max((entry.offset + entry.size for entry in planned), default=0),
        tuple(live),
        variables,
    )
