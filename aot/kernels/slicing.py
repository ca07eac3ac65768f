# SPDX-License-Identifier: Apache-2.0
"""SLICE, STRIDED_SLICE, SPLIT, SPLIT_V, UNPACK: parts of a tensor.

Source: slice.cc, strided_slice_common.cc, split.cc, split_v.cc, unpack.cc of TFLM.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from aot.graph import Op
from aot.kernels import common, movement
from aot.kernels.kernel import Kernel
from aot.kernels.movement import Arrays, Move, Movement


class Slice(Movement):
    """SLICE with a known beginning."""

    types = ("float32", "int8", "int16", "int32", "bool")
    limits = "constant beginning and size, 1 to 5 dimensions"

    def problems(self, op: Op) -> Iterator[str]:
        """See Kernel."""
        yield from common.in_order(
            common.check_counts(op, 3),
            common.check_data(op, self.types, [0]),
            self._check_constants(op),
            self._check_parts(op),
            self.check_loops(op),
        )

    def _check_constants(self, op: Op) -> Iterator[str]:
        source, begin = op.input(0), op.input(1)
        yield from common.check_rank(source, range(1, 6))
        yield from common.check_constant(
            op, 1, "beginning", ("int32", "int64"), (len(source.shape),)
        )
        yield from common.check_constant(op, 2, "size", (begin.dtype,), (len(source.shape),))

    def _check_parts(self, op: Op) -> Iterator[str]:
        expected = []
        for length, part in zip(op.input(0).shape, _parts(op), strict=True):
            expected.append(part.stop - part.start)
            if not 0 <= part.start < part.stop <= length:
                yield f"takes elements {part.start} to {part.stop} of {length}"
        yield from common.check_shape(op.output, expected)

    def moves(self, op: Op, arrays: Arrays) -> Iterator[Move]:
        """See Movement."""
        source = op.input(0)
        yield Move(source, arrays[source][_parts(op)], op.output, arrays[op.output])


def _parts(op: Op) -> tuple[slice, ...]:
    """Finds what SLICE takes of each dimension; a size of -1 is all that is left."""
    return tuple(
        slice(begin, length if size == -1 else begin + size)
        for length, begin, size in zip(
            op.input(0).shape, common.integers(op, 1), common.integers(op, 2), strict=True
        )
    )


@dataclasses.dataclass(frozen=True)
class _Stride:
    """What STRIDED_SLICE takes of a dimension: count elements from start on."""

    start: int
    step: int
    count: int
    shrinks: bool


class StridedSlice(Movement):
    """STRIDED_SLICE of constants."""

    # TFLM does not heed the other masks, nor `offset`.
    options = ("begin_mask", "end_mask", "shrink_axis_mask")
    types = ("float32", "int8", "int16", "int32", "bool")
    limits = (
        "constant beginning, end and strides, 1 to 4 dimensions; no `ellipsis_mask`, "
        "`new_axis_mask`, `offset`"
    )

    def problems(self, op: Op) -> Iterator[str]:
        """See Kernel."""
        yield from common.in_order(
            common.check_counts(op, 4),
            common.check_data(op, self.types, [0]),
            self._check_constants(op),
            self._check_strides(op),
            self.check_loops(op),
        )

    def _check_constants(self, op: Op) -> Iterator[str]:
        source = op.input(0)
        yield from common.check_rank(source, range(1, 5))
        for i, name in enumerate(("beginning", "end", "strides"), 1):
            yield from common.check_constant(op, i, name, shape=(len(source.shape),))

    def _check_strides(self, op: Op) -> Iterator[str]:
        if 0 in common.integers(op, 3):
            yield "has a stride of 0"
            return
        strides = _strides(op)
        yield from common.check_shape(op.output, [s.count for s in strides if not s.shrinks])
        if any(s.count != 1 for s in strides if s.shrinks):
            yield "takes no element of a dimension that it drops"

    def moves(self, op: Op, arrays: Arrays) -> Iterator[Move]:
        """See Movement."""
        source, strides = op.input(0), _strides(op)
        read = arrays[source][tuple(slice(s.start, None, s.step) for s in strides)]
        read = read[tuple(slice(s.count) for s in strides)]
        yield Move(source, read, op.output, arrays[op.output].reshape(read.shape))


def _strides(op: Op) -> list[_Stride]:
    """Finds what STRIDED_SLICE takes: TFLM's StridedSliceStartForAxis and ...EndForAxis."""

    def masked(name: str) -> bool:
        return bool(op.option(name) >> axis & 1)

    found = []
    rows = zip(*(common.integers(op, i) for i in (1, 2, 3)), strict=True)
    for axis, (start, stop, step) in enumerate(rows):
        length = op.input(0).shape[axis]
        low, high = (0, length) if step > 0 else (-1, length - 1)

        def clamped(index: int, low: int = low, high: int = high, length: int = length) -> int:
            return min(max(index + length if index < 0 else index, low), high)

        start, stop = clamped(start), clamped(stop)
        if masked("begin_mask"):
            start = 0 if step > 0 else length - 1
        if masked("end_mask"):
            stop = length if step > 0 else -1
        shrinks = masked("shrink_axis_mask")
        if shrinks:
            stop = start if start >= length else start + 1
        found.append(_Stride(start, step, max(0, -((start - stop) // step)), shrinks))
    return found


class Split(Movement):
    """SPLIT and SPLIT_V: consecutive parts of one dimension, as long as the outputs are."""

    options = ("num_splits",)
    types = ("float32", "int8", "int16", "int32")
    limits = "constant axis"

    def __init__(self, inputs: int, source: int, axis: int) -> None:
        """Says which input is which.

        Args:
          inputs: how many it has.
          source: what is split.
          axis: which dimension.
        """
        self._inputs, self._source, self._axis = inputs, source, axis

    def problems(self, op: Op) -> Iterator[str]:
        """See Kernel."""
        yield from common.in_order(
            common.check_counts(op, self._inputs, max(1, len(op.outputs))),
            common.check_data(op, self.types, [self._source]),
            common.check_constant(op, self._axis, "axis"),
            self._check_axis(op),
            self._check_outputs(op),
            self.check_loops(op),
        )

    def _check_axis(self, op: Op) -> Iterator[str]:
        (axis,) = common.integers(op, self._axis)
        yield from common.check_axis(axis, len(op.input(self._source).shape))

    def _check_outputs(self, op: Op) -> Iterator[str]:
        shape, axis = op.input(self._source).shape, self._split_axis(op)
        for value in op.outputs:
            length = value.shape[axis] if axis < len(value.shape) else 0
            yield from common.check_shape(value, (*shape[:axis], length, *shape[axis + 1 :]))
            if op.kind == "SPLIT":
                yield from common.check_shape(value, op.output.shape)
        total = sum(value.shape[axis] for value in op.outputs if axis < len(value.shape))
        if total != shape[axis]:
            yield f"splits {shape[axis]} elements into {total}"

    def _split_axis(self, op: Op) -> int:
        (axis,) = common.integers(op, self._axis)
        return axis % len(op.input(self._source).shape)

    def moves(self, op: Op, arrays: Arrays) -> Iterator[Move]:
        """See Movement."""
        source, axis = op.input(self._source), self._split_axis(op)
        lengths = [value.shape[axis] for value in op.outputs]
        parts = movement.consecutive(arrays[source], axis, lengths)
        for value, part in zip(op.outputs, parts, strict=True):
            yield Move(source, part, value, arrays[value])


class Unpack(Movement):
    """UNPACK."""

    options = ("num", "axis")
    types = ("float32", "int8", "int16", "int32")

    def problems(self, op: Op) -> Iterator[str]:
        """See Kernel."""
        yield from common.in_order(
            common.check_counts(op, 1, max(1, len(op.outputs))),
            common.check_data(op, self.types),
            self._check_axis(op),
            self._check_outputs(op),
            self.check_loops(op),
        )

    def _check_axis(self, op: Op) -> Iterator[str]:
        yield from common.check_axis(op.option("axis"), len(op.input(0).shape))

    def _check_outputs(self, op: Op) -> Iterator[str]:
        shape = op.input(0).shape
        axis = op.option("axis") % len(shape)
        if not len(op.outputs) == op.option("num") == shape[axis]:
            yield (
                f"unpacks {shape[axis]} elements as {op.option('num')} into"
                f" {len(op.outputs)} outputs"
            )
        for value in op.outputs:
            yield from common.check_shape(value, shape[:axis] + shape[axis + 1 :])

    def moves(self, op: Op, arrays: Arrays) -> Iterator[Move]:
        """See Movement."""
        source = op.input(0)
        axis = op.option("axis") % len(source.shape)
        parts = movement.consecutive(arrays[source], axis, [1] * len(op.outputs))
        for value, part in zip(op.outputs, parts, strict=True):
            yield Move(source, part, value, arrays[value].reshape(part.shape))


KERNELS: dict[str, Kernel] = {
    "SLICE": Slice(),
    "SPLIT": Split(inputs=2, source=1, axis=0),
    "SPLIT_V": Split(inputs=3, source=0, axis=2),
    "STRIDED_SLICE": StridedSlice(),
    "UNPACK": Unpack(),
}
