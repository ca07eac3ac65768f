# SPDX-License-Identifier: Apache-2.0
"""What operators have in common that make each element of one element of their input."""

from __future__ import annotations

import abc
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import numpy as np

from aot import arithmetic
from aot.c_text import Body, Constant
from aot.graph import Op, Value
from aot.kernels import common
from aot.kernels.kernel import Distance, Kernel

# What C calls characters: they may lie on anything.
_BYTES = frozenset(("int8", "uint8"))


class Elementwise(Kernel):
    """An operator of one input, and one output of the same shape.

    From 8 bits to 8 bits it is a table of 256 bytes, which `compute` makes.
    """

    def problems(self, op: Op) -> Iterator[str]:
        """See Kernel."""
        found = list(common.check_counts(op, 1))
        if not found:
            found = [*common.check_types(op, self.types), *check_shapes(op.input(0), op.output)]
        if not found:
            found = list(self.unsound(op))
        yield from found

    def unsound(self, op: Op) -> Iterator[str]:
        """Finds what else can't be compiled, once types and shapes are right: see `problems`."""
        del op
        return iter(())

    @abc.abstractmethod
    def compute(self, op: Op, source: np.ndarray) -> np.ndarray:
        """Computes elements: see `evaluate`.

        Args:
          op: a use without problems.
          source: elements of the input, in one dimension; any number of them.

        Returns:
          As many elements of the output.
        """

    def evaluate(self, op: Op, inputs: Sequence[np.ndarray | None]) -> list[np.ndarray]:
        """See Kernel."""
        source = inputs[0]
        assert source is not None
        return [self.compute(op, source.ravel()).reshape(source.shape)]

    def emit(self, op: Op, body: Body) -> None:
        """See Kernel."""
        if is_8bit(op.input(0)) and is_8bit(op.output):
            emit_table(op, body, lambda values: self.compute(op, values))
        else:
            self.emit_wide(op, body)

    @abc.abstractmethod
    def emit_wide(self, op: Op, body: Body) -> None:
        """Writes C for types of more than 8 bits: see `emit`."""

    def may_share(self, op: Op) -> tuple[int, ...]:
        """See Kernel."""
        return shared_place(op)

    def distances(self, op: Op) -> Mapping[int, Distance]:
        """See Kernel."""
        return distances((0,), op)


def is_8bit(value: Value) -> bool:
    """Whether a value's elements are bytes."""
    return np.dtype(value.dtype).itemsize == 1


def distances(inputs: Iterable[int], op: Op) -> Mapping[int, Distance]:
    """Finds how far before inputs an output may begin of which element i is made of element i.

    Elements come one after the other. C compilers may read one before they write another, unless
    they know that both may be the same: those of one type, and bytes.

    Args:
      inputs: numbers of inputs of the operator; of the output's shape.
      op: the operator.

    Returns:
      As `Kernel.distances`.
    """
    found = {}
    after = np.dtype(op.output.dtype).itemsize
    for i in inputs:
        dtype = op.input(i).dtype
        if dtype == op.output.dtype or _BYTES.intersection((dtype, op.output.dtype)):
            growth = after - np.dtype(dtype).itemsize
            found[i] = Distance(max(0, (op.output.size - 1) * growth))
    return found


def shared_place(op: Op) -> tuple[int, ...]:
    """Finds whether the output may lie on the first input, if element i is made of element i.

    What becomes smaller lies on elements that were read before. Only of bytes do C compilers know
    that: they may put off reading a float beyond writing a number of another size.

    Args:
      op: the operator; its first input and its output have the same shape.

    Returns:
      As `Kernel.may_share`.
    """
    before, after = np.dtype(op.input(0).dtype).itemsize, np.dtype(op.output.dtype).itemsize
    return (0,) if after in (before, 1) else ()


def check_shapes(source: Value, output: Value) -> Iterator[str]:
    """Checks that two shapes are the same: yields a reason why not."""
    if source.shape != output.shape:
        yield (
            f"has an input of {common.shape_text(source.shape)} and an output of"
            f" {common.shape_text(output.shape)}"
        )


def check_scales(op: Op) -> Iterator[str]:
    """Checks that integers of input and output can be rescaled: yields reasons why not."""
    found = list(common.check_rescaled(op.input(0), to=op.output))
    yield from found or common.check_factor(scale_ratio(op))


def check_symmetric(*values: Value) -> Iterator[str]:
    """Checks that zero points are 0, as TFLM wants them of int16: yields reasons why not."""
    for value in values:
        if value.dtype == "int16" and value.zero_point:
            yield f"has the zero point {value.zero_point} of int16 ({value.name!r}): not supported"


def scale_ratio(op: Op) -> float:
    """Divides the input's scale by the output's.

    In double precision, as the wheel of October 2026 does for operators where TFLM's source of
    August 2026 divides floats.
    """
    return op.input(0).scale / op.output.scale


def centered(values: np.ndarray, value: Value) -> np.ndarray:
    """Takes a zero point off.

    Args:
      values: integers.
      value: whose zero point it is.

    Returns:
      int64 within 32 bits, the same shape.
    """
    return arithmetic.wrap_int32(values.astype(np.int64) - value.zero_point)


def finished(scaled: np.ndarray, output: Value, lowest: int | None = None) -> np.ndarray:
    """Adds a zero point and saturates.

    Args:
      scaled: within 32 bits.
      output: whose zero point and type count.
      lowest: the lowest result; default: the type's.

    Returns:
      The output's type, the same shape.
    """
    limits = np.iinfo(output.dtype)
    whole = arithmetic.wrap_int32(scaled + output.zero_point)
    low = limits.min if lowest is None else lowest
    return np.clip(whole, low, limits.max).astype(output.dtype)


def emit_table(op: Op, body: Body, evaluate: Callable[[np.ndarray], np.ndarray]) -> None:
    """Writes C for bytes that are made of bytes.

    Args:
      op: the operator.
      body: where to write.
      evaluate: makes outputs of inputs.
    """
    given = np.arange(256, dtype=np.uint8)
    with np.errstate(all="ignore"):
        made = evaluate(given.view(op.input(0).dtype)).view(np.uint8)
    if (made == given).all():
        body.copy(op.input(0), op.output)
    else:
        body.call("lookup_8bit", op.output.size, Constant("table", made), op.input(0), op.output)


def emit_requantize(op: Op, body: Body, factor: float, lowest: int | None = None) -> None:
    """Writes C that rescales signed integers.

    Args:
      op: the operator.
      body: where to write.
      factor: by which they are scaled.
      lowest: the lowest output; default: the type's.
    """
    source, output = op.input(0), op.output
    body.call(
        "requantize_integers",
        output.size,
        np.dtype(source.dtype).itemsize,
        np.dtype(output.dtype).itemsize,
        source.zero_point,
        *arithmetic.quantize_multiplier(factor),
        common.limits_of(output, lowest),
        source,
        output,
    )


def emit_map(op: Op, body: Body, function: str) -> None:
    """Writes C that takes a function of each float.

    Args:
      op: the operator.
      body: where to write.
      function: of <math.h>, or of the runtime, in a file of its name.
    """
    if function.endswith("_float"):
        body.use(function)
    body.call("map_float", op.output.size, function, op.input(0), op.output)


def finite(option: object) -> bool:
    """Whether an option is a number, and not infinite."""
    return isinstance(option, int | float) and math.isfinite(option)
