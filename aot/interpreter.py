# SPDX-License-Identifier: Apache-2.0
"""Runs a graph in numpy: the executable specification of what the emitted C does."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from aot.graph import Graph, Op, Value, walk
from aot.kernels.kernel import Kernel

_POOLS = ("AVERAGE_POOL_2D", "L2_POOL_2D", "MAX_POOL_2D")
# Each element of their outputs may depend on all of their inputs.
_PRODUCTS = (
    "BATCH_MATMUL",
    "CONV_2D",
    "DEPTHWISE_CONV_2D",
    "FULLY_CONNECTED",
    "SVDF",
    "TRANSPOSE_CONV",
    "UNIDIRECTIONAL_SEQUENCE_LSTM",
)
_LEAST_BUDGET = 1 << 22
# A weight may have half a byte in the file, and be read as one and written as a float, twice.
_BUDGET_FACTOR = 32


class Budget:
    """How much is computed while compiling: a damaged model must not make it take for ever."""

    def __init__(self, size: int) -> None:
        """Begins with what a model needs.

        Args:
          size: the model's bytes.
        """
        self._left = max(_LEAST_BUDGET, _BUDGET_FACTOR * size)

    def covers(self, ops: Iterable[Op]) -> bool:
        """Says whether operators may be computed, each once; if so, takes their work off."""
        total = sum(map(_work, walk(ops)))
        if total > self._left:
            return False
        self._left -= total
        return True


def _work(op: Op) -> int:
    """Estimates how long an operator takes: as if it read and wrote so many bytes."""
    values = [v for v in (*op.inputs, *op.outputs) if v is not None]
    work = sum(v.byte_size for v in values)
    if op.kind in _POOLS:
        work *= op.option("filter_height") * op.option("filter_width")
    elif op.kind in _PRODUCTS:
        work *= max(v.size for v in op.inputs if v is not None)
    return work


def made_constant(op: Op, kernel: Kernel) -> tuple[Value, ...]:
    """Computes the outputs of an operator that does not depend on the model's input.

    Args:
      op: the operator; `kernel.is_known` says that it is one.
      kernel: of it.

    Returns:
      Its outputs as constants.
    """
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        made = kernel.evaluate(op, [v.data if v else None for v in op.inputs])
    constants = []
    for value, data in zip(op.outputs, made, strict=True):
        # Not ascontiguousarray: it gives a scalar a dimension.
        data = np.asarray(data, order="C")
        data.flags.writeable = False
        constants.append(dataclasses.replace(value, data=data))
    return tuple(constants)


class Interpreter:
    """A graph that is run, with its variables."""

    def __init__(self, graph: Graph, kernels: Mapping[str, Kernel]) -> None:
        """Makes the variables.

        Args:
          graph: the graph.
          kernels: of all of its operators.
        """
        self._graph = graph
        self._kernels = kernels
        self._variables: dict[Value, np.ndarray] = {}
        self.reset()

    def reset(self) -> None:
        """Puts variables back to their first contents."""
        self._variables = {v: self._graph.initial[v] for v in self._graph.variables}

    def run(
        self,
        inputs: Sequence[np.ndarray],
        observe: Callable[[Op, Mapping[Value, np.ndarray]], None] | None = None,
    ) -> dict[Value, np.ndarray]:
        """Runs the graph once.

        Args:
          inputs: contents of the graph's inputs.
          observe: is called after each operator, except those in blocks, with the contents that
            values have then: a variable may change again.

        Returns:
          The contents of every value that is an input or was made, after the run.
        """
        # A variable may be an input, too: then the user writes it.
        known = self._variables | dict(zip(self._graph.inputs, inputs, strict=True))
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            for op in self._graph.ops:
                self._run((op,), known)
                if observe is not None:
                    observe(op, known)
        self._variables = {v: known[v] for v in self._variables}
        return known

    def _run(self, ops: Sequence[Op], known: dict[Value, np.ndarray]) -> None:
        for op in ops:
            if op.blocks:
                self._control(op, known)
                continue
            kernel = self._kernels[op.kind]
            given = [None if v is None else _contents(v, known) for v in op.inputs]
            made = kernel.evaluate(op, given)
            changed = [op.input(i) for i in kernel.changed(op)]
            for value, result in zip((*op.outputs, *changed), made, strict=True):
                assert result.shape == value.shape and result.dtype == value.dtype, op.label
                known[value] = result

    def _control(self, op: Op, known: dict[Value, np.ndarray]) -> None:
        assert op.condition is not None
        if op.kind == "IF":
            self._run(op.blocks[0 if _contents(op.condition, known).item() else 1], known)
            return
        first, condition, repeated = op.blocks
        self._run(first, known)
        self._run(condition, known)
        while _contents(op.condition, known).item():
            self._run(repeated, known)
            self._run(condition, known)


def _contents(value: Value, known: Mapping[Value, np.ndarray]) -> np.ndarray:
    return value.data if value.data is not None else known[value]
