# SPDX-License-Identifier: Apache-2.0
"""BROADCAST_TO, BROADCAST_ARGS, FILL, ZEROS_LIKE, SHAPE.

Source: broadcast_to.cc, broadcast_args.h, fill.cc, zeros_like.cc, shape.cc of TFLM.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from aot import arithmetic
from aot.c_text import Body
from aot.graph import Op, Value
from aot.kernels import common, movement
from aot.kernels.kernel import Kernel
from aot.kernels.movement import Arrays, Move, Movement


def _check_given_shape(op: Op, i: int, types: Sequence[str]) -> Iterator[str]:
    """Checks an input that says what the output's shape is: yields reasons why not."""
    found = list(common.check_constant(op, i, "shape", types, (len(op.output.shape),)))
    yield from found or common.check_shape(op.output, common.integers(op, i))


class BroadcastTo(Movement):
    """BROADCAST_TO."""

    types = common.ALL_TYPES
    limits = "constant shape, 1 to 5 dimensions"

    def problems(self, op: Op) -> Iterator[str]:
        """See Kernel."""
        yield from common.in_order(
            common.check_counts(op, 2),
            common.check_data(op, self.types, [0]),
            self._check_shapes(op),
            self.check_loops(op),
        )

    def _check_shapes(self, op: Op) -> Iterator[str]:
        source, shape = op.input(0).shape, op.output.shape
        yield from common.check_rank(op.output, range(1, 6))
        yield from _check_given_shape(op, 1, ("int32", "int64"))
        if len(source) > len(shape) or any(
            n not in (1, wanted) for n, wanted in zip(source[::-1], shape[::-1], strict=False)
        ):
            yield (
                f"broadcasts the shape {common.shape_text(source)} to {common.shape_text(shape)}"
            )

    def moves(self, op: Op, arrays: Arrays) -> Iterator[Move]:
        """See Movement."""
        read = np.broadcast_to(arrays[op.input(0)], op.output.shape)
        yield Move(op.input(0), read, op.output, arrays[op.output])


class Fill(Movement):
    """FILL."""

    types = ("float32", "int8", "int32")
    limits = "constant shape"

    def problems(self, op: Op) -> Iterator[str]:
        """See Kernel."""
        yield from common.in_order(
            common.check_counts(op, 2),
            common.check_data(op, self.types, [1]),
            self._check_shape(op),
            self.check_loops(op),
        )

    def _check_shape(self, op: Op) -> Iterator[str]:
        yield from common.check_rank(op.input(1), [0])
        yield from _check_given_shape(op, 0, ("int8", "int16", "int32", "int64"))

    def moves(self, op: Op, arrays: Arrays) -> Iterator[Move]:
        """See Movement."""
        read = np.broadcast_to(arrays[op.input(1)], op.output.shape)
        yield Move(op.input(1), read, op.output, arrays[op.output])


class ZerosLike(Movement):
    """ZEROS_LIKE: 0, whatever the zero point is."""

    types = ("float32", "int8", "int32", "int64")

    def problems(self, op: Op) -> Iterator[str]:
        """See Kernel."""
        yield from common.in_order(
            common.check_counts(op, 1),
            common.check_data(op, self.types),
            self._check_shape(op),
        )

    def _check_shape(self, op: Op) -> Iterator[str]:
        yield from common.check_shape(op.output, op.input(0).shape)

    def moves(self, op: Op, arrays: Arrays) -> Iterator[Move]:
        """See Movement."""
        yield movement.filled(op.output, arrays[op.output], 0)


class Shape(Movement):
    """SHAPE, which is known."""

    # The output's type says it.
    options = ("out_type",)
    # Of the output.
    types = ("int32",)
    limits = "of an input of any type"

    def problems(self, op: Op) -> Iterator[str]:
        """See Kernel."""
        yield from common.in_order(
            common.check_counts(op, 1),
            common.check_data(op, self.types, []),
            self._check_shape(op),
        )

    def _check_shape(self, op: Op) -> Iterator[str]:
        yield from common.check_shape(op.output, (len(op.input(0).shape),))

    def is_known(self, op: Op) -> bool:
        """See Kernel. Whatever the input contains."""
        del op
        return True

    def moves(self, op: Op, arrays: Arrays) -> Iterator[Move]:
        """See Movement."""
        data = np.array(op.input(0).shape, np.int32)
        source = Value("shape", op.output.shape, "int32", data=data)
        yield Move(source, data, op.output, arrays[op.output])


class BroadcastArgs(Kernel):
    """BROADCAST_ARGS: the shape to which two shapes are broadcast."""

    types = ("int32", "int64")

    def problems(self, op: Op) -> Iterator[str]:
        """See Kernel."""
        yield from common.in_order(
            common.check_counts(op, 2),
            common.check_data(op, self.types),
            self._check_shapes(op),
        )

    def _check_shapes(self, op: Op) -> Iterator[str]:
        for value in (op.input(0), op.input(1)):
            yield from common.check_rank(value, [1])
        yield from common.check_shape(op.output, (max(op.input(0).size, op.input(1).size),))

    def evaluate(self, op: Op, inputs: Sequence[np.ndarray | None]) -> list[np.ndarray]:
        """See Kernel: what TFLM stops at, two that differ, gives the first one."""
        size = op.output.size
        first, second = (
            # TFLM has int32 in between.
            arithmetic.wrap_int32(np.pad(a, (size - a.size, 0), constant_values=1))
            for a in inputs
            if a is not None
        )
        return [np.where(first == 1, second, first).astype(op.output.dtype)]

    def emit(self, op: Op, body: Body) -> None:
        """See Kernel."""
        body.call(
            f"broadcast_args_{op.output.dtype}",
            op.input(0).size,
            op.input(0),
            op.input(1).size,
            op.input(1),
            op.output.size,
            op.output,
        )


KERNELS: dict[str, Kernel] = {
    "BROADCAST_ARGS": BroadcastArgs(),
    "BROADCAST_TO": BroadcastTo(),
    "FILL": Fill(),
    "SHAPE": Shape(),
    "ZEROS_LIKE": ZerosLike(),
}
