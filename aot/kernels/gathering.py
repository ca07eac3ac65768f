# SPDX-License-Identifier: Apache-2.0
"""GATHER, GATHER_ND, EMBEDDING_LOOKUP, DYNAMIC_UPDATE_SLICE: places that are computed.

Source: gather.cc, gather_nd.cc, embedding_lookup.cc, dynamic_update_slice.cc of TFLM. It reads
outside of the tensor, or stops, where a place is outside; the compiled C takes the nearest one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from aot import arithmetic
from aot.c_text import Body, Struct
from aot.graph import Op, Value
from aot.kernels import common, movement
from aot.kernels.kernel import Kernel

# TFLM's MAX_INDICES_ND.
_MAX_INDICES = 5
# TFLM's RuntimeShape::kMaxSmallSize.
_MAX_RANK = 6


def _check_indices(value: Value, last: int) -> Iterator[str]:
    """Checks indices that are known: yields reasons why not."""
    if value.data is not None and not 0 <= int(value.data.min()) <= int(value.data.max()) <= last:
        yield (
            f"has indices from {value.data.min()} to {value.data.max()}, and its input has"
            f" {last + 1} elements"
        )


def _check_index_tensor(op: Op, i: int) -> Iterator[str]:
    value = op.input(i)
    if value.dtype != "int32" or not value.size:
        yield (
            f"has indices of {value.dtype} of the shape {common.shape_text(value.shape)}:"
            " not supported"
        )


class Gather(Kernel):
    """GATHER."""

    options = ("axis", "batch_dims")
    types = ("float32", "int8")
    limits = "int32 indices"

    def problems(self, op: Op) -> Iterator[str]:
        """See Kernel."""
        yield from common.in_order(
            common.check_counts(op, 2),
            common.check_data(op, self.types, [0]),
            self._check_axes(op),
            self._check_shapes(op),
        )

    def _check_axes(self, op: Op) -> Iterator[str]:
        yield from _check_index_tensor(op, 1)
        shape, places = op.input(0).shape, op.input(1).shape
        yield from common.check_axis(op.option("axis"), len(shape))
        axis, batch = _axes(op)
        if not 0 <= batch <= min(axis, len(places)):
            yield f"has batch_dims = {op.option('batch_dims')}: not supported"
        elif shape[:batch] != places[:batch]:
            yield (
                f"has the shapes {common.shape_text(shape)} and {common.shape_text(places)}, which"
                " do not fit"
            )

    def _check_shapes(self, op: Op) -> Iterator[str]:
        shape, places = op.input(0).shape, op.input(1).shape
        axis, batch = _axes(op)
        yield from common.check_shape(
            op.output, (*shape[:axis], *places[batch:], *shape[axis + 1 :])
        )
        yield from _check_indices(op.input(1), shape[axis] - 1)

    def evaluate(self, op: Op, inputs: Sequence[np.ndarray | None]) -> list[np.ndarray]:
        """See Kernel."""
        source, places = inputs
        assert source is not None and places is not None
        axis, batch = _axes(op)
        shape = source.shape
        count = math.prod(shape[:batch])
        rows = source.reshape(
            count, math.prod(shape[batch:axis]), shape[axis], math.prod(shape[axis + 1 :])
        )
        picks = np.clip(places.reshape(count, -1), 0, shape[axis] - 1)
        taken = [rows[i][:, picks[i]] for i in range(count)]
        return [np.stack(taken).reshape(op.output.shape)]

    def emit(self, op: Op, body: Body) -> None:
        """See Kernel."""
        shape = op.input(0).shape
        axis, batch = _axes(op)
        _emit_gather(
            body,
            op.input(0),
            op.input(1),
            op.output,
            batches=math.prod(shape[:batch]),
            outer=math.prod(shape[batch:axis]),
            rows=shape[axis],
            picks=math.prod(op.input(1).shape[batch:]),
        )


def _axes(op: Op) -> tuple[int, int]:
    """Finds the axis, and how many dimensions are batches, from the front."""
    axis, batch = op.option("axis"), op.option("batch_dims")
    return (
        axis + len(op.input(0).shape) if axis < 0 else axis,
        batch + len(op.input(1).shape) if batch < 0 else batch,
    )


def _emit_gather(
    body: Body,
    source: Value,
    places: Value,
    output: Value,
    *,
    batches: int,
    outer: int,
    rows: int,
    picks: int,
) -> None:
    run = source.byte_size // (batches * outer * rows)
    fields = {"batches": batches, "outer": outer, "rows": rows, "picks": picks, "run": run}
    body.call("gather", Struct("gather", fields), source, places, output)


class GatherNd(Kernel):
    """GATHER_ND. Indices are summed up before they are checked, as TFLM does."""

    types = ("float32", "int8")
    limits = "int32 indices of up to 5 numbers"

    def problems(self, op: Op) -> Iterator[str]:
        """See Kernel."""
        yield from common.in_order(
            common.check_counts(op, 2),
            common.check_data(op, self.types, [0]),
            _check_index_tensor(op, 1),
            self._check_shapes(op),
            self._check_places(op),
        )

    def _check_shapes(self, op: Op) -> Iterator[str]:
        shape, places = op.input(0).shape, op.input(1).shape
        if not shape or not places or places[-1] > min(len(shape), _MAX_INDICES):
            yield (
                f"has the shapes {common.shape_text(shape)} and {common.shape_text(places)}:"
                " not supported"
            )
            return
        yield from common.check_shape(op.output, (*places[:-1], *shape[places[-1] :]))

    def _check_places(self, op: Op) -> Iterator[str]:
        places = op.input(1)
        if places.data is not None:
            start = places.data.reshape(-1, places.shape[-1]).astype(np.int64) @ _steps(op)
            if start.min() < 0 or start.max() > op.input(0).size - self._run(op):
                yield "has indices outside of its input"

    def _run(self, op: Op) -> int:
        """How many elements are copied for each index."""
        return math.prod(op.input(0).shape[op.input(1).shape[-1] :])

    def evaluate(self, op: Op, inputs: Sequence[np.ndarray | None]) -> list[np.ndarray]:
        """See Kernel."""
        source, places = inputs
        assert source is not None and places is not None
        run = self._run(op)
        indices = places.reshape(-1, places.shape[-1]).astype(np.int64)
        start = arithmetic.wrap_int32((indices * _steps(op)).sum(axis=1))
        start = np.clip(start, 0, source.size - run)
        taken = source.ravel()[start[:, None] + np.arange(run)]
        return [taken.reshape(op.output.shape)]

    def emit(self, op: Op, body: Body) -> None:
        """See Kernel."""
        steps = [int(step) for step in _steps(op)]
        fields = {
            "picks": op.input(1).size // len(steps),
            "depth": len(steps),
            "steps": (*steps, *(0,) * (_MAX_INDICES - len(steps))),
            "last": op.input(0).size - self._run(op),
            "itemsize": np.dtype(op.output.dtype).itemsize,
            "run": self._run(op) * np.dtype(op.output.dtype).itemsize,
        }
        body.call("gather_nd", Struct("gather_nd", fields), op.input(0), op.input(1), op.output)


def _steps(op: Op) -> np.ndarray:
    """Finds by how many elements each index moves."""
    shape, depth = op.input(0).shape, op.input(1).shape[-1]
    return np.array([math.prod(shape[i + 1 :]) for i in range(depth)], np.int64)


class EmbeddingLookup(Kernel):
    """EMBEDDING_LOOKUP; rows of int8 may become float32."""

    types = tuple(("int32", *t) for t in (("float32",) * 2, ("int8",) * 2, ("int8", "float32")))
    limits = "int32 indices; int8 that becomes float32 has no zero point"

    def problems(self, op: Op) -> Iterator[str]:
        """See Kernel."""
        yield from common.in_order(
            common.check_counts(op, 2),
            common.check_types(op, self.types),
            self._check_shapes(op),
            self._check_quantized(op),
        )

    def _check_shapes(self, op: Op) -> Iterator[str]:
        places, table = op.input(0), op.input(1)
        yield from common.check_rank(places, [1])
        yield from common.check_rank(table, range(2, _MAX_RANK + 1))
        if not places.size or not table.size:
            yield "has an input without elements: not supported"
            return
        yield from common.check_shape(op.output, (places.size, *table.shape[1:]))
        yield from _check_indices(places, table.shape[0] - 1)

    def _check_quantized(self, op: Op) -> Iterator[str]:
        table = op.input(1)
        if table.dtype != op.output.dtype:
            yield from common.check_quantized(table)
            if table.zero_point != 0:
                yield f"has the zero point {table.zero_point}: not supported"

    def evaluate(self, op: Op, inputs: Sequence[np.ndarray | None]) -> list[np.ndarray]:
        """See Kernel."""
        places, table = inputs
        assert places is not None and table is not None
        taken = table[np.clip(places, 0, table.shape[0] - 1)]
        if table.dtype != op.output.dtype:
            taken = taken.astype(np.float32) * np.float32(op.input(1).scale)
        return [taken]

    def emit(self, op: Op, body: Body) -> None:
        """See Kernel."""
        places, table, output = op.input(0), op.input(1), op.output
        rows = table.shape[0]
        if table.dtype == output.dtype:
            _emit_gather(
                body, table, places, output, batches=1, outer=1, rows=rows, picks=places.size
            )
        else:
            body.call(
                "gather_scaled",
                rows,
                table.size // rows,
                places.size,
                float(table.scale),
                table,
                places,
                output,
            )


class DynamicUpdateSlice(Kernel):
    """DYNAMIC_UPDATE_SLICE: a tensor with a part of it replaced, which stays inside."""

    types = ("float32", "int8", "int16", "int32")
    limits = "int32 or int64 places, 1 to 6 dimensions"

    def problems(self, op: Op) -> Iterator[str]:
        """See Kernel."""
        yield from common.in_order(
            common.check_counts(op, 3),
            common.check_data(op, self.types, [0, 1]),
            self._check_shapes(op),
            self._check_loops(op),
        )

    def _check_shapes(self, op: Op) -> Iterator[str]:
        shape, update, start = op.input(0).shape, op.input(1).shape, op.input(2)
        yield from common.check_rank(op.input(0), range(1, _MAX_RANK + 1))
        yield from common.check_shape(op.output, shape)
        if len(update) != len(shape) or any(a > b for a, b in zip(update, shape, strict=True)):
            yield (
                f"puts the shape {common.shape_text(update)} into {common.shape_text(shape)}:"
                " not supported"
            )
        if start.dtype not in ("int32", "int64") or start.shape != (len(shape),):
            yield (
                f"has a beginning of {start.dtype} of the shape {common.shape_text(start.shape)}:"
                " not supported"
            )

    def _check_loops(self, op: Op) -> Iterator[str]:
        arrays = movement.placeholders(op)
        yield from movement.check_moves(iter([self._update(op, arrays)]), arrays)

    def _update(self, op: Op, arrays: movement.Arrays) -> movement.Move:
        """Makes the move of the update to the output's first elements."""
        update = op.input(1)
        written = arrays[op.output][tuple(slice(n) for n in update.shape)]
        return movement.Move(update, arrays[update], op.output, written)

    def evaluate(self, op: Op, inputs: Sequence[np.ndarray | None]) -> list[np.ndarray]:
        """See Kernel."""
        operand, update, start = inputs
        assert operand is not None and update is not None and start is not None
        result = operand.copy()
        begin = [
            min(max(0, int(i)), n - m)
            for i, n, m in zip(start, operand.shape, update.shape, strict=True)
        ]
        result[tuple(slice(b, b + m) for b, m in zip(begin, update.shape, strict=True))] = update
        return [result]

    def emit(self, op: Op, body: Body) -> None:
        """See Kernel."""
        arrays = movement.placeholders(op)
        operand, update, start = op.input(0), op.input(1), op.input(2)
        if update.shape == operand.shape:
            body.copy(update, op.output)
            return
        body.copy(operand, op.output)
        function = f"update_offset_{start.dtype}"
        body.use(function)
        missing = (0,) * (_MAX_RANK - len(operand.shape))
        limits = [n - m for n, m in zip(operand.shape, update.shape, strict=True)]
        shape = Struct(
            "update_offset",
            {
                "rank": len(limits),
                "limits": (*limits, *missing),
                "steps": (*arrays[operand].strides, *missing),
            },
        )
        offset = f"{function}({body.argument(shape)}, {body.argument(start)})"
        movement.emit_move(body, self._update(op, arrays), arrays, offset)

    def may_share(self, op: Op) -> tuple[int, ...]:
        """See Kernel."""
        return (0,) if op.input(0) not in op.inputs[1:] else ()


KERNELS: dict[str, Kernel] = {
    "DYNAMIC_UPDATE_SLICE": DynamicUpdateSlice(),
    "EMBEDDING_LOOKUP": EmbeddingLookup(),
    "GATHER": Gather(),
    "GATHER_ND": GatherNd(),
}
