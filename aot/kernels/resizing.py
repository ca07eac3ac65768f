# SPDX-License-Identifier: Apache-2.0
"""RESIZE_NEAREST_NEIGHBOR and RESIZE_BILINEAR.

Source: reference/resize_nearest_neighbor.h, reference/resize_bilinear.h of TFLM.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

import numpy as np

from aot.c_text import Body, Constant, Struct
from aot.graph import Op
from aot.kernels import common, movement
from aot.kernels.kernel import Kernel

# Of an interpolation in integers: places and weights have ten fractional bits.
_ONE = 1 << 10
# The compiler looks at each place of a row and of a column, and may write it into a table.
_MAX_PLACES = 1 << 22
_MAX_TABLE = 1 << 20


def _check_sizes(op: Op, places: int) -> Iterator[str]:
    """Checks shapes, of at most so many places in a row or a column: yields reasons why not."""
    for value in (op.input(0), op.output):
        yield from common.check_rank(value, [4])
        if max(value.shape[1:3], default=0) > places:
            yield f"has a tensor of the shape {common.shape_text(value.shape)}: not supported"
    found = list(common.check_constant(op, 1, "size", shape=(2,)))
    yield from found
    if not found and len(op.input(0).shape) == 4:
        batches, _, _, depth = op.input(0).shape
        yield from common.check_shape(op.output, (batches, *common.integers(op, 1), depth))


def _ratio(op: Op, axis: int) -> tuple[int, int]:
    """Finds by what a place is scaled, as a fraction: from the output to the input."""
    size, wanted = op.input(0).shape[axis], op.output.shape[axis]
    if op.options["align_corners"] and wanted > 1:
        return size - 1, wanted - 1
    return size, wanted


class NearestNeighbor(Kernel):
    """RESIZE_NEAREST_NEIGHBOR. Which element is nearest is found at compile time."""

    options = ("align_corners", "half_pixel_centers")
    types = ("float32", "int8", "int16")
    limits = "constant size, 4 dimensions"

    def problems(self, op: Op) -> Iterator[str]:
        """See Kernel."""
        yield from common.in_order(
            common.check_counts(op, 2),
            common.check_data(op, self.types, [0]),
            _check_sizes(op, _MAX_TABLE),
        )

    def _nearest(self, op: Op, axis: int) -> np.ndarray:
        """Finds the nearest input of each output in one dimension: TFLM's GetNearestNeighbor."""
        over, under = _ratio(op, axis)
        scale = np.float32(over) / np.float32(under)
        offset = np.float32(0.5 if op.options["half_pixel_centers"] else 0)
        place = (np.arange(op.output.shape[axis]).astype(np.float32) + offset) * scale
        # Halves are rounded away from zero. Doubles have no error that floats don't have.
        nearest = np.floor(place.astype(np.float64) + (0.5 if op.options["align_corners"] else 0))
        return np.minimum(nearest.astype(np.int32), op.input(0).shape[axis] - 1)

    def evaluate(self, op: Op, inputs: Sequence[np.ndarray | None]) -> list[np.ndarray]:
        """See Kernel."""
        assert inputs[0] is not None
        return [inputs[0][:, self._nearest(op, 1)][:, :, self._nearest(op, 2)]]

    def emit(self, op: Op, body: Body) -> None:
        """See Kernel."""
        rows, columns = self._nearest(op, 1), self._nearest(op, 2)
        batches, height, width, depth = op.input(0).shape
        down, across = len(rows) // height, len(columns) // width
        if np.array_equal(rows, np.repeat(np.arange(height), down)) and np.array_equal(
            columns, np.repeat(np.arange(width), across)
        ):
            # Each element becomes a block, as mostly: without tables.
            arrays = movement.placeholders(op)
            written = arrays[op.output].reshape(batches, height, down, width, across, depth)
            read = np.broadcast_to(arrays[op.input(0)][:, :, None, :, None], written.shape)
            movement.emit_move(body, movement.Move(op.input(0), read, op.output, written), arrays)
            return
        fields = {
            "batches": batches,
            "in_height": height,
            "in_width": width,
            "height": len(rows),
            "width": len(columns),
            "run": depth * np.dtype(op.output.dtype).itemsize,
        }
        body.call(
            "resize_nearest",
            Struct("resize_nearest", fields),
            op.input(0),
            Constant("rows", rows),
            Constant("columns", columns),
            op.output,
        )


@dataclasses.dataclass(frozen=True)
class _Neighbors:
    """Between which inputs the outputs of one dimension lie.

    Attributes:
      low: the number of the one before.
      high: that of the one after.
      weight: of the one after; that of the one before is what is missing from one.
    """

    low: np.ndarray
    high: np.ndarray
    weight: np.ndarray


class Bilinear(Kernel):
    """RESIZE_BILINEAR."""

    options = ("align_corners", "half_pixel_centers")
    types = ("float32", "int8")
    limits = "constant size, 4 dimensions; not both of `align_corners` and `half_pixel_centers`"

    def problems(self, op: Op) -> Iterator[str]:
        """See Kernel."""
        yield from common.in_order(
            common.check_counts(op, 2),
            common.check_data(op, self.types, [0]),
            _check_sizes(op, _MAX_PLACES),
            self._check_places(op),
        )

    def _check_places(self, op: Op) -> Iterator[str]:
        if op.options["half_pixel_centers"] and op.options["align_corners"]:
            yield "has half_pixel_centers and align_corners: not supported"
            return
        for axis in (1, 2):
            over, under = _ratio(op, axis)
            last = op.output.shape[axis] * self._fixed_scale(op, axis) + _ONE
            if (
                op.output.dtype == "int8"
                and max(_ONE * over + under // 2, last) >= common.INDEX_END
            ):
                yield "has places of more than 31 bits: the result is not defined"
                return
            # Large sizes round to places outside, which TFLM reads.
            if self._neighbors(op, axis).low.max() >= op.input(0).shape[axis]:
                yield "reads outside of its input"

    def _scale(self, op: Op, axis: int) -> np.float32:
        over, under = _ratio(op, axis)
        return np.float32(over) / np.float32(under)

    def _fixed_scale(self, op: Op, axis: int) -> int:
        over, under = _ratio(op, axis)
        return (_ONE * over + under // 2) // under

    def _neighbors(self, op: Op, axis: int) -> _Neighbors:
        """See TFLM's ComputeInterpolationValues and ComputeInterpolationValuesInteger."""
        last = op.input(0).shape[axis] - 1
        half = op.options["half_pixel_centers"]
        if op.output.dtype == "float32":
            place = np.arange(op.output.shape[axis]).astype(np.float32)
            scale = self._scale(op, axis)
            place = (place + np.float32(0.5)) * scale - np.float32(0.5) if half else place * scale
            low = np.maximum(np.floor(place).astype(np.int64), 0)
            high = np.minimum(np.ceil(place).astype(np.int64), last)
            return _Neighbors(low, high, place - low.astype(np.float32))
        scale = self._fixed_scale(op, axis)
        place = np.arange(op.output.shape[axis], dtype=np.int64) * scale
        place += scale // 2 - _ONE // 2 if half else 0
        low = np.maximum(place // _ONE, 0)
        high = np.minimum((place + _ONE - 1) // _ONE, last)
        return _Neighbors(low, high, place - _ONE * low)

    def evaluate(self, op: Op, inputs: Sequence[np.ndarray | None]) -> list[np.ndarray]:
        """See Kernel."""
        assert inputs[0] is not None
        is_float = op.output.dtype == "float32"
        source = inputs[0].astype(np.float32 if is_float else np.int64)
        rows, columns = self._neighbors(op, 1), self._neighbors(op, 2)
        one = np.float32(1) if is_float else _ONE
        down, across = rows.weight[:, None, None], columns.weight[:, None]
        total: np.ndarray | None = None
        # The order of the sums matters.
        for y, x, first, second in (
            (rows.low, columns.low, one - down, one - across),
            (rows.high, columns.low, down, one - across),
            (rows.low, columns.high, one - down, across),
            (rows.high, columns.high, down, across),
        ):
            term = source[:, y][:, :, x] * first * second
            total = term if total is None else total + term
        assert total is not None
        if is_float:
            # Makes 0 of -0.
            return [total + np.float32(0)]
        half = _ONE * _ONE // 2
        rounded = np.where(
            total > 0, (total + half) // (_ONE * _ONE), -((half - total) // (_ONE * _ONE))
        )
        return [rounded.astype(np.int8)]

    def emit(self, op: Op, body: Body) -> None:
        """See Kernel."""
        batches, height, width, depth = op.input(0).shape
        fields = {
            "batches": batches,
            "in_height": height,
            "in_width": width,
            "height": op.output.shape[1],
            "width": op.output.shape[2],
            "depth": depth,
            "half_pixel": int(bool(op.options["half_pixel_centers"])),
        }
        if op.output.dtype == "float32":
            scales = [float(self._scale(op, axis)) for axis in (1, 2)]
        else:
            scales = [self._fixed_scale(op, axis) for axis in (1, 2)]
        kind = "float" if op.output.dtype == "float32" else "int8"
        body.call(
            f"resize_bilinear_{kind}",
            Struct("resize_bilinear", fields),
            *scales,
            op.input(0),
            op.output,
        )


KERNELS: dict[str, Kernel] = {
    "RESIZE_BILINEAR": Bilinear(),
    "RESIZE_NEAREST_NEIGHBOR": NearestNeighbor(),
}
