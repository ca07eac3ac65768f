# SPDX-License-Identifier: Apache-2.0
"""Operators that work element by element, on inputs of shapes that are broadcast to each other.

Source: reference/broadcast_loop.h of TFLM, which pairs elements as numpy does.
"""

from __future__ import annotations

import abc
import dataclasses
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from aot import c_text
from aot.c_text import Argument, Body, Constant
from aot.graph import Op, Value
from aot.kernels import common, elementwise
from aot.kernels.kernel import Distance, Kernel

# Of TFLM's RuntimeShape.
_MAX_RANK = 6
# Names that c_text.identifier never gives to anything.
_VARIABLES = ("i_", "j_", "k_", "l_", "m_", "n_")


@dataclasses.dataclass(frozen=True)
class Loop:
    """A loop over one or several dimensions of an output.

    Attributes:
      size: how many steps it has.
      strides: of each input, in elements: 0 if it stays where it is.
    """

    size: int
    strides: tuple[int, ...]


@dataclasses.dataclass(frozen=True)
class Row:
    """A function of the runtime that computes neighbours, for operators that are slow inline.

    Attributes:
      function: takes a count, the parameters, a pointer to each input, and one to the output.
      parameters: its parameters.
      order: the inputs in the function's order.
    """

    function: str
    parameters: tuple[Argument, ...]
    order: tuple[int, ...] = (0, 1)


def check_shapes(op: Op) -> Iterator[str]:
    """Checks that an output has the shape that its inputs are broadcast to: yields reasons."""
    shapes = [v.shape for v in (*op.inputs, *op.outputs) if v is not None]
    shown = " and ".join(map(common.shape_text, shapes))
    if max(map(len, shapes)) > _MAX_RANK:
        yield f"has the shapes {shown}: more than {_MAX_RANK} dimensions"
        return
    if not all(map(all, shapes)):
        yield f"has the shapes {shown}: one is empty"
        return
    try:
        expected = np.broadcast_shapes(*shapes[:-1])
    except ValueError:
        expected = None
    # TFLM does not look at ones before the first dimension.
    if expected is None or _padded(expected) != _padded(shapes[-1]):
        yield f"has the shapes {shown}: the inputs don't make the output"


def _padded(shape: Sequence[int]) -> tuple[int, ...]:
    return (1,) * (_MAX_RANK - len(shape)) + tuple(shape)


def loops(output: Sequence[int], inputs: Sequence[Sequence[int]]) -> list[Loop]:
    """Finds the loops over an output: as few as possible.

    Args:
      output: its shape.
      inputs: their shapes, which are broadcast to it.

    Returns:
      Loops from the outermost to the innermost, one at least. The elements of the output come one
      after the other; strides of the innermost loop are 0 or 1.
    """
    found: list[Loop] = []
    padded = [_padded(shape) for shape in inputs]
    steps = [1] * len(inputs)
    for dimension, size in reversed(list(enumerate(_padded(output)))):
        if size == 1:
            continue
        sizes = [shape[dimension] for shape in padded]
        strides = tuple(step if n > 1 else 0 for step, n in zip(steps, sizes, strict=True))
        steps = [step * n for step, n in zip(steps, sizes, strict=True)]
        if found and strides == tuple(found[-1].size * s for s in found[-1].strides):
            found[-1] = Loop(size * found[-1].size, found[-1].strides)
        else:
            found.append(Loop(size, strides))
    return found[::-1] or [Loop(1, (1,) * len(inputs))]


class Broadcasting(Kernel):
    """An operator each element of whose output is made of one element of each input.

    Attributes:
      tabulated: whether a table is faster, if the output depends on one input of 8 bits.
    """

    tabulated = False

    def problems(self, op: Op) -> Iterator[str]:
        """See Kernel."""
        for check in (self.check_counts, self.check_types, check_shapes, self.check_more):
            found = list(check(op))
            yield from found
            if found:
                return

    def check_counts(self, op: Op) -> Iterator[str]:
        """Checks how many inputs and outputs there are: yields reasons why not."""
        return common.check_counts(op, 2)

    def check_types(self, op: Op) -> Iterator[str]:
        """Checks the types of inputs and outputs: yields reasons why not."""
        return common.check_types(op, self.types)

    def check_more(self, op: Op) -> Iterator[str]:
        """Checks the rest, if counts, types and shapes are right: yields reasons why not."""
        del op
        return iter(())

    @abc.abstractmethod
    def compute(self, op: Op, *inputs: np.ndarray) -> np.ndarray:
        """Says what the operator means: see `evaluate`.

        Args:
          op: the operator.
          *inputs: of shapes that numpy broadcasts; not necessarily those of the operator.

        Returns:
          The output, in the type of the operator's.
        """

    @abc.abstractmethod
    def expression(self, op: Op, body: Body, *elements: str) -> str:
        """Writes an element of the output as C, of the output's type.

        Args:
          op: the operator.
          body: where to define constants, and to use files of the runtime.
          *elements: the elements of the inputs, as C.

        Returns:
          The expression.
        """

    def row(self, op: Op) -> Row | None:
        """Gives the function for rows that lie in one piece in all inputs; None without."""
        del op
        return None

    def row_that_runs(self, op: Op) -> Row | None:
        """Gives the function for rows that `emit` calls; None if it writes out its elements."""
        if self._table_source(op) is not None:
            return None
        shapes = [v.shape for v in op.inputs if v is not None]
        return self.row(op) if all(loops(op.output.shape, shapes)[-1].strides) else None

    def explain(self, op: Op) -> Iterator[str]:
        """See Kernel."""
        if self._table_source(op) is not None:
            yield "a table of 256 outputs"

    def _table_source(self, op: Op) -> Value | None:
        """Finds the input whose values a table has outputs for; None without a table."""
        return _table_source(op) if self.tabulated else None

    def evaluate(self, op: Op, inputs: Sequence[np.ndarray | None]) -> list[np.ndarray]:
        """See Kernel."""
        given = [i for i in inputs if i is not None]
        made = self.compute(op, *given).astype(op.output.dtype)
        return [made.reshape(op.output.shape)]

    def may_share(self, op: Op) -> tuple[int, ...]:
        """See Kernel."""
        # Element by element; of another size, the output would overtake the input.
        size = np.dtype(op.output.dtype).itemsize
        return tuple(
            i
            for i, value in enumerate(op.inputs)
            if value is not None
            and value.size == op.output.size
            and np.dtype(value.dtype).itemsize == size
        )

    def distances(self, op: Op) -> Mapping[int, Distance]:
        """See Kernel."""
        return elementwise.distances(self.may_share(op), op)

    def emit(self, op: Op, body: Body) -> None:
        """See Kernel."""
        source = self._table_source(op)
        if source is None:
            _emit_loops(self, op, body)
            return
        every = np.arange(256, dtype=np.uint8).view(np.int8)
        given = [every if v is source else v.data for v in op.inputs if v is not None]
        table = self.compute(op, *given).astype(op.output.dtype).ravel()
        name = body.argument(Constant("table", table))
        out, pointer = body.argument(op.output), body.argument(source)
        i = _VARIABLES[0]
        body.lines += [
            f"for (int32_t {i} = 0; {i} < {op.output.size}; ++{i}) {{",
            f"  {out}[{i}] = {name}[(uint8_t){pointer}[{i}]];",
            "}",
        ]


def _table_source(op: Op) -> Value | None:
    """Finds the one input of 8 bits that an output of 8 bits depends on, element by element."""
    changing = {v for v in op.inputs if v is not None and not v.is_constant}
    if len(changing) != 1 or np.dtype(op.output.dtype).itemsize != 1:
        return None
    (source,) = changing
    single = all(v.size == 1 for v in op.inputs if v is not None and v is not source)
    return source if single and source.dtype == "int8" else None


def _emit_loops(kernel: Broadcasting, op: Op, body: Body) -> None:
    inputs = [v for v in op.inputs if v is not None]
    pointers = [body.argument(v) for v in inputs]
    nest = loops(op.output.shape, [v.shape for v in inputs])
    row = kernel.row_that_runs(op)
    if row is None:
        pointers = _distinct(pointers, inputs, body)
    if row is not None:
        outer, inner = nest[:-1], nest[-1]
    elif op.output.size > 1:
        outer, inner = nest, Loop(1, (0,) * len(inputs))
    else:
        outer, inner = [], nest[-1]
    variables = _VARIABLES[: len(outer)]
    for level, (variable, loop) in enumerate(zip(variables, outer, strict=True)):
        head = f"for (int32_t {variable} = 0; {variable} < {loop.size}; ++{variable}) {{"
        body.lines.append("  " * level + head)
    indent = "  " * len(outer)
    places = [_index(variables, [loop.strides[i] for loop in outer]) for i in range(len(inputs))]
    after = [int(np.prod([loop.size for loop in outer[i + 1 :]])) for i in range(len(outer))]
    out, place = body.argument(op.output), _index(variables, [n * inner.size for n in after])
    if row is not None:
        parameters = [body.argument(p) for p in row.parameters]
        froms = [_moved(pointers[i], places[i]) for i in row.order]
        body.use(row.function)
        arguments = ", ".join([str(inner.size), *parameters, *froms, _moved(out, place)])
        body.lines.append(f"{indent}{row.function}({arguments});")
    else:
        elements = [f"{p}[{at}]" for p, at in zip(pointers, places, strict=True)]
        made = kernel.expression(op, body, *elements)
        body.lines.append(f"{indent}{out}[{place}] = {made};")
    body.lines += ["  " * level + "}" for level in reversed(range(len(outer)))]


def _distinct(pointers: Sequence[str], inputs: Sequence[Value], body: Body) -> list[str]:
    """Gives an input that is there twice a second name: compilers warn of, say, `a[i] == a[i]`."""
    names: list[str] = []
    for i, (pointer, value) in enumerate(zip(pointers, inputs, strict=True)):
        name = pointer
        if name in names:
            # Like the variables of loops, no name of anything else.
            name = f"again_{i}_"
            kind = c_text.c_type(value.dtype)
            body.lines.append(f"const {kind} *const {name} = {pointer};")
        names.append(name)
    return names


def _index(variables: Sequence[str], strides: Sequence[int]) -> str:
    """Writes where an element is."""
    terms = [
        variable if stride == 1 else f"{variable} * {stride}"
        for variable, stride in zip(variables, strides, strict=True)
        if stride
    ]
    return " + ".join(terms) or "0"


def _moved(pointer: str, place: str) -> str:
    return pointer if place == "0" else f"{pointer} + {place}"
