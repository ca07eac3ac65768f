# SPDX-License-Identifier: Apache-2.0
"""A model as the compiler has it: values that operators make of each other. Nothing in it changes.

Passes make a new graph of a graph: see `rewrite`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import numpy as np

from tflite.model import Option, Quantization


@dataclasses.dataclass(frozen=True, eq=False)
class Value:
    """A tensor. Two values are the same only if they are the same object.

    Attributes:
      name: the tensor's name in the model; may be empty, or another's too.
      shape: its dimensions.
      dtype: numpy's name of its type, e.g. "int8", "float32", "bool".
      quantization: what its integers mean; None for a value without.
      data: its contents if it is a constant, read-only, of this shape and type.
      is_variable: whether it keeps its contents from one inference to the next.
      tensor: its number in the model's subgraph; None for what a pass made.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    quantization: Quantization | None = None
    data: np.ndarray | None = None
    is_variable: bool = False
    tensor: int | None = None

    @property
    def is_constant(self) -> bool:
        """Whether its contents are known."""
        return self.data is not None

    @property
    def size(self) -> int:
        """How many elements it has."""
        return int(np.prod(self.shape, dtype=np.int64))

    @property
    def byte_size(self) -> int:
        """How many bytes it takes in memory."""
        return self.size * np.dtype(self.dtype).itemsize

    @property
    def scale(self) -> float:
        """The scale of a value that has one for all; 0 without."""
        return self.quantization.scales[0] if self.quantization else 0.0

    @property
    def zero_point(self) -> int:
        """The zero point of a value that has one for all; 0 without."""
        return self.quantization.zero_points[0] if self.quantization else 0

    @property
    def scales(self) -> tuple[float, ...]:
        """The scales: one, or one a channel; none without quantization."""
        return self.quantization.scales if self.quantization else ()


@dataclasses.dataclass(frozen=True, eq=False)
class Op:
    """One use of an operator.

    Attributes:
      kind: its name in the schema, e.g. "CONV_2D".
      inputs: values; None for an optional one that is left out.
      outputs: values.
      options: the options that its kernel reads, by the schema's names.
      index: its place in the model, for messages; None for what a pass made.
      intermediates: values with the quantization of what it keeps for itself.
      blocks: operators that it runs, on values that they share with those around it. IF: what it
        does if its condition holds, and what it does otherwise. WHILE: what it does first, how it
        finds its condition, and what it does as long as that holds. `inputs` has what they read of
        what is made outside, but for constants.
      condition: of IF and WHILE: a boolean.
      note: what the compiler made of it, for readers of the C; may be empty.
      parts: operators that a pass put into this one, in order. `inputs` has what they read of
        others, `outputs` what others read of them; the rest they make for each other.
    """

    kind: str
    inputs: tuple[Value | None, ...]
    outputs: tuple[Value, ...]
    options: Mapping[str, Option] = dataclasses.field(default_factory=dict)
    index: int | None = None
    intermediates: tuple[Value | None, ...] = ()
    blocks: tuple[tuple[Op, ...], ...] = ()
    condition: Value | None = None
    note: str = ""
    parts: tuple[Op, ...] = ()

    def input(self, i: int) -> Value:
        """Gives an input that is not left out.

        Raises:
          IndexError: it is.
        """
        value = self.optional_input(i)
        if value is None:
            raise IndexError(f"input {i} of {self.kind} is left out")
        return value

    def optional_input(self, i: int) -> Value | None:
        """Gives an input; None if it is left out."""
        return self.inputs[i] if i < len(self.inputs) else None

    @property
    def output(self) -> Value:
        """The first output."""
        return self.outputs[0]

    def option(self, name: str) -> int:
        """Gives an option that is a number."""
        value = self.options[name]
        assert isinstance(value, int)
        return value

    @property
    def label(self) -> str:
        """Names it for messages."""
        return f"operator {self.index} ({self.kind})" if self.index is not None else self.kind


@dataclasses.dataclass(frozen=True, eq=False)
class Graph:
    """A subgraph of a model, or all that is left of it.

    Attributes:
      ops: in the order of execution.
      inputs: values that the user writes.
      outputs: values that the user reads.
      variables: values that keep their contents.
      initial: the first contents of each variable.
    """

    ops: tuple[Op, ...]
    inputs: tuple[Value, ...]
    outputs: tuple[Value, ...]
    variables: tuple[Value, ...] = ()
    initial: Mapping[Value, np.ndarray] = dataclasses.field(default_factory=dict)

    def values(self) -> Iterator[Value]:
        """Lists each value once: inputs, then by the first operator that has it."""
        seen: dict[Value, None] = dict.fromkeys((*self.inputs, *self.variables))
        for op in walk(self.ops):
            seen |= dict.fromkeys(v for v in (*op.inputs, *op.outputs) if v is not None)
        seen |= dict.fromkeys(self.outputs)
        return iter(seen)

    def users(self) -> dict[Value, list[Op]]:
        """Finds the operators that read each value; those in blocks count as what has the block."""
        found: dict[Value, list[Op]] = {}
        for op in self.ops:
            for value in dict.fromkeys(op.inputs):
                if value is not None:
                    found.setdefault(value, []).append(op)
        return found

    def producers(self) -> dict[Value, Op]:
        """Finds the operator that makes each value; what is made within blocks is left out."""
        return {value: op for op in self.ops for value in op.outputs}


def same_meaning(a: Value, b: Value) -> bool:
    """Whether the same elements stand for the same numbers: an operator may read one for the other.

    Shapes may differ. Kernels read the quantization of integers alone.
    """
    return a.dtype == b.dtype and (a.dtype == "float32" or _as_numbers(a) == _as_numbers(b))


def _as_numbers(value: Value) -> tuple[tuple[float, ...], tuple[int, ...]]:
    if value.quantization is None:
        return (), ()
    return tuple(value.quantization.scales), tuple(value.quantization.zero_points)


def walk(ops: Iterable[Op]) -> Iterator[Op]:
    """Lists operators, and after each those of its blocks."""
    for op in ops:
        yield op
        for block in op.blocks:
            yield from walk(block)


def rewrite(
    graph: Graph, ops: Sequence[Op], replaced: Mapping[Value, Value] | None = None
) -> Graph:
    """Makes a graph of other operators, with values in place of others.

    Args:
      graph: the graph.
      ops: the operators of the new one, in order.
      replaced: values by those in whose place they come.

    Returns:
      The new graph, without operators whose outputs nobody reads.
    """
    replaced = replaced or {}

    def final(value: Value) -> Value:
        while value in replaced:
            value = replaced[value]
        return value

    def renamed(op: Op) -> Op:
        inputs = tuple(final(v) if v is not None else None for v in op.inputs)
        if inputs == op.inputs and not op.blocks:
            return op
        return dataclasses.replace(
            op,
            inputs=inputs,
            blocks=tuple(tuple(map(renamed, block)) for block in op.blocks),
            parts=tuple(map(renamed, op.parts)),
            condition=None if op.condition is None else final(op.condition),
        )

    outputs = tuple(final(v) for v in graph.outputs)
    needed = set(outputs)
    kept: list[Op] = []
    for op in reversed([renamed(op) for op in ops]):
        if needed.intersection(op.outputs) or writes_variable(op):
            needed.update(v for v in op.inputs if v is not None)
            kept.append(op)
    return dataclasses.replace(graph, ops=tuple(reversed(kept)), outputs=outputs)


def writes_variable(op: Op) -> bool:
    """Whether an operator may change a variable."""
    return any(
        v is not None and v.is_variable for one in walk((op,)) for v in (*one.inputs, *one.outputs)
    )


def as_text(graph: Graph, name_of: Callable[[Value], str] | None = None) -> str:
    """Prints a graph.

    Args:
      graph: the graph.
      name_of: what to call a value; default: its name in the model.

    Returns:
      One line an operator.
    """
    name_of = name_of or (lambda value: value.name or f"tensor {value.tensor}")

    def shown(value: Value | None) -> str:
        if value is None:
            return "-"
        dims = "x".join(map(str, value.shape)) or "scalar"
        return f"{name_of(value)}:{value.dtype}[{dims}]" + ("=const" if value.is_constant else "")

    def listed(ops: Iterable[Op], indent: str) -> Iterator[str]:
        for op in ops:
            options = ", ".join(f"{k}={v}" for k, v in sorted(op.options.items()))
            yield (
                f"{indent}{', '.join(map(shown, op.outputs))} = {op.kind}"
                f"({', '.join(map(shown, op.inputs))}){' {' + options + '}' if options else ''}"
            )
            yield from listed(op.parts, indent + "  part ")
            for i, block in enumerate(op.blocks):
                yield f"{indent}  block {i}, condition {shown(op.condition)}"
                yield from listed(block, indent + "    ")

    lines = ["inputs " + ", ".join(map(shown, graph.inputs))]
    lines += listed(graph.ops, "")
    lines.append("outputs " + ", ".join(map(shown, graph.outputs)))
    return "\n".join(lines) + "\n"
