# SPDX-License-Identifier: Apache-2.0
"""TRANSPOSE, REVERSE_V2, and what moves elements between space, depth and batch.

Source: transpose_common.cc, reverse.cc, space_to_depth.cc, depth_to_space.cc, space_to_batch_nd.h,
batch_to_space_nd.h of TFLM.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from aot.c_text import Body, Struct
from aot.graph import Op, Value
from aot.kernels import common
from aot.kernels.kernel import Kernel
from aot.kernels.movement import Arrays, Move, Movement


class Transpose(Movement):
    """TRANSPOSE."""

    types = ("float32", "int8", "int16")
    limits = "constant order, 1 to 5 dimensions"

    def problems(self, op: Op) -> Iterator[str]:
        """See Kernel."""
        yield from common.in_order(
            common.check_counts(op, 2),
            common.check_data(op, self.types, [0]),
            self._check_constants(op),
            self._check_order(op),
            self.check_loops(op),
        )

    def _check_constants(self, op: Op) -> Iterator[str]:
        yield from common.check_rank(op.input(0), range(1, 6))
        yield from common.check_constant(op, 1, "order", shape=(len(op.input(0).shape),))

    def _check_order(self, op: Op) -> Iterator[str]:
        shape, order = op.input(0).shape, common.integers(op, 1)
        if sorted(order) != list(range(len(shape))):
            yield f"has the order {common.shape_text(order)} of {len(shape)} dimensions"
        else:
            yield from common.check_shape(op.output, [shape[axis] for axis in order])

    def moves(self, op: Op, arrays: Arrays) -> Iterator[Move]:
        """See Movement."""
        source = op.input(0)
        read = arrays[source].transpose(common.integers(op, 1))
        yield Move(source, read, op.output, arrays[op.output])


class Reverse(Movement):
    """REVERSE_V2 of neighbouring dimensions."""

    types = ("float32", "int8", "int16", "int32", "int64", "uint8", "bool")
    limits = "constant axes that are neighbours"

    def problems(self, op: Op) -> Iterator[str]:
        """See Kernel."""
        yield from common.in_order(
            common.check_counts(op, 2),
            common.check_data(op, self.types, [0]),
            self._check_constants(op),
            self._check_axes(op),
            self.check_loops(op),
        )

    def _check_constants(self, op: Op) -> Iterator[str]:
        yield from common.check_rank(op.input(0), range(1, 7))
        yield from common.check_rank(op.input(1), [1])
        yield from common.check_constant(op, 1, "axes", shape=op.input(1).shape)
        yield from common.check_shape(op.output, op.input(0).shape)

    def _check_axes(self, op: Op) -> Iterator[str]:
        rank, axes = len(op.input(0).shape), common.integers(op, 1)
        for axis in axes:
            yield from common.check_axis(axis, rank)
        found = sorted(axis % rank for axis in axes)
        if not found or found != list(range(found[0], found[0] + len(found))):
            yield f"reverses the axes {common.shape_text(axes)}, which are not neighbours"

    def moves(self, op: Op, arrays: Arrays) -> Iterator[Move]:
        """See Movement."""
        source = op.input(0)
        axes = [axis % len(source.shape) for axis in common.integers(op, 1)]
        yield Move(source, np.flip(arrays[source], axes), op.output, arrays[op.output])


class SpaceToDepth(Movement):
    """SPACE_TO_DEPTH and DEPTH_TO_SPACE, which is the same the other way round."""

    options = ("block_size",)
    types = ("float32", "int8")
    limits = "4 dimensions"

    def problems(self, op: Op) -> Iterator[str]:
        """See Kernel."""
        yield from common.in_order(
            common.check_counts(op, 1),
            common.check_data(op, self.types),
            self._check_shapes(op),
            self.check_loops(op),
        )

    def _check_shapes(self, op: Op) -> Iterator[str]:
        yield from common.check_rank(op.input(0), [4])
        yield from common.check_rank(op.output, [4])
        block = op.option("block_size")
        if block < 1:
            yield f"has block_size = {block}"
            return
        space, deep = _space_and_deep(op)
        if len(space.shape) == len(deep.shape) == 4:
            batches, height, width, depth = deep.shape
            expected = (batches, height * block, width * block)
            if space.shape[:3] != expected or space.shape[3] * block * block != depth:
                yield (
                    f"has the shapes {common.shape_text(op.input(0).shape)} and"
                    f" {common.shape_text(op.output.shape)}, which do not fit"
                )

    def moves(self, op: Op, arrays: Arrays) -> Iterator[Move]:
        """See Movement."""
        space, deep = _space_and_deep(op)
        block = op.option("block_size")
        batches, height, width, _ = deep.shape
        views = {
            space: arrays[space].reshape(batches, height, block, width, block, space.shape[3]),
            deep: arrays[deep]
            .reshape(batches, height, width, block, block, space.shape[3])
            .transpose(0, 1, 3, 2, 4, 5),
        }
        yield Move(op.input(0), views[op.input(0)], op.output, views[op.output])


def _space_and_deep(op: Op) -> tuple[Value, Value]:
    """Finds which of the two is large, and which is deep."""
    if op.kind == "SPACE_TO_DEPTH":
        return op.input(0), op.output
    return op.output, op.input(0)


class SpaceToBatch(Kernel):
    """SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND, which is the same the other way round."""

    types = ("float32", "int8")
    limits = "constant block and paddings, 3 or 4 dimensions"

    def problems(self, op: Op) -> Iterator[str]:
        """See Kernel."""
        yield from common.in_order(
            common.check_counts(op, 3),
            common.check_data(op, self.types, [0]),
            self._check_constants(op),
            self._check_shapes(op),
        )

    def _check_constants(self, op: Op) -> Iterator[str]:
        rank = len(op.input(0).shape)
        yield from common.check_rank(op.input(0), [3, 4])
        yield from common.check_rank(op.output, [rank])
        yield from common.check_constant(op, 1, "block shape", shape=(rank - 2,))
        name = "paddings" if _to_batch(op) else "crops"
        yield from common.check_constant(op, 2, name, shape=(rank - 2, 2))

    def _check_shapes(self, op: Op) -> Iterator[str]:
        block, amounts = common.integers(op, 1), common.integers(op, 2)
        if min(block) < 1 or min(amounts) < 0:
            yield (
                f"has the block {common.shape_text(block)}, and {common.shape_text(amounts)}"
                " elements around: not supported"
            )
            return
        space, batched = _space_and_batched(op)
        pieces = int(np.prod(block, dtype=object))
        expected = [space.shape[0] * pieces, *batched.shape[1:-1], space.shape[-1]]
        fits = list(batched.shape) == expected
        for axis, size in enumerate(block):
            around = amounts[2 * axis] + amounts[2 * axis + 1]
            if batched.shape[1 + axis] * size != space.shape[1 + axis] + around:
                fits = False
        if not fits:
            yield (
                f"has the shapes {common.shape_text(op.input(0).shape)} and"
                f" {common.shape_text(op.output.shape)}, which do not fit"
            )

    def evaluate(self, op: Op, inputs: Sequence[np.ndarray | None]) -> list[np.ndarray]:
        """See Kernel."""
        source = inputs[0]
        assert source is not None
        fields = _fields(op)
        space, batched = _space_and_batched(op)
        depth = space.shape[-1]
        space_shape = (fields["batches"], fields["height"], fields["width"], depth)
        batched_shape = (batched.shape[0], fields["piece_height"], fields["piece_width"], depth)
        piece, row, column = np.indices(batched_shape[:3])
        shift = piece // fields["batches"]
        batch = piece % fields["batches"]
        y = row * fields["block_h"] + shift // fields["block_w"] - fields["top"]
        x = column * fields["block_w"] + shift % fields["block_w"] - fields["left"]
        inside = (y >= 0) & (y < fields["height"]) & (x >= 0) & (x < fields["width"])
        place = batch[inside], y[inside], x[inside]
        if _to_batch(op):
            result = np.zeros(batched_shape, source.dtype)
            result[inside] = source.reshape(space_shape)[place]
        else:
            result = np.empty(space_shape, source.dtype)
            result[place] = source.reshape(batched_shape)[inside]
        return [result.reshape(op.output.shape)]

    def emit(self, op: Op, body: Body) -> None:
        """See Kernel."""
        name = "space_to_batch" if _to_batch(op) else "batch_to_space"
        body.call(name, Struct("space_and_batch", _fields(op)), op.input(0), op.output)


def _to_batch(op: Op) -> bool:
    return op.kind == "SPACE_TO_BATCH_ND"


def _space_and_batched(op: Op) -> tuple[Value, Value]:
    return (op.input(0), op.output) if _to_batch(op) else (op.output, op.input(0))


def _fields(op: Op) -> dict[str, int]:
    """Finds the runtime's struct. Three dimensions have no width: it is 1."""
    space, batched = _space_and_batched(op)
    flat = len(space.shape) == 3
    block, amounts = common.integers(op, 1), common.integers(op, 2)
    return {
        "batches": space.shape[0],
        "height": space.shape[1],
        "width": 1 if flat else space.shape[2],
        "piece_height": batched.shape[1],
        "piece_width": 1 if flat else batched.shape[2],
        "block_h": block[0],
        "block_w": 1 if flat else block[1],
        "top": amounts[0],
        "left": 0 if flat else amounts[2],
        "run": space.shape[-1] * np.dtype(space.dtype).itemsize,
    }


KERNELS: dict[str, Kernel] = {
    "BATCH_TO_SPACE_ND": SpaceToBatch(),
    "DEPTH_TO_SPACE": SpaceToDepth(),
    "REVERSE_V2": Reverse(),
    "SPACE_TO_BATCH_ND": SpaceToBatch(),
    "SPACE_TO_DEPTH": SpaceToDepth(),
    "TRANSPOSE": Transpose(),
}
