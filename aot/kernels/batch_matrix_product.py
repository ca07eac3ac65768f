# SPDX-License-Identifier: Apache-2.0
"""BATCH_MATMUL. Source: reference/batch_matmul.h of TFLM."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from aot import arithmetic
from aot.c_text import Body, Struct
from aot.graph import Op, Value
from aot.kernels import common
from aot.kernels.kernel import Kernel

_RANKS = range(2, 6)


def _factor(op: Op) -> float:
    """By how much sums are scaled.

    A product of doubles, as the wheel of October 2026 has it; TFLM's source of August 2026
    multiplies floats.
    """
    return op.input(0).scale * op.input(1).scale / op.output.scale


def _matrix(shape: tuple[int, ...], transposed: bool) -> tuple[int, int]:
    """Rows and columns of the matrices that are multiplied."""
    return (shape[-1], shape[-2]) if transposed else (shape[-2], shape[-1])


def _output_shape(op: Op) -> tuple[int, ...] | None:
    """The shape of the product; None if the inputs do not fit each other."""
    left, right = op.input(0).shape, op.input(1).shape
    rows, depth = _matrix(left, bool(op.options["adj_x"]))
    other_depth, columns = _matrix(right, bool(op.options["adj_y"]))
    try:
        batches = np.broadcast_shapes(left[:-2], right[:-2])
    except ValueError:
        return None
    return (*batches, rows, columns) if depth == other_depth else None


def _batch_strides(value: Value, batches: tuple[int, ...]) -> list[int]:
    """How far it is from one matrix to the next in each dimension of batches: 0 if it has one."""
    shape = (1,) * (len(batches) + 2 - len(value.shape)) + value.shape
    return [int(np.prod(shape[i + 1 :])) if shape[i] > 1 else 0 for i in range(len(batches))]


class BatchMatrixProduct(Kernel):
    """BATCH_MATMUL."""

    # Inputs are of the same type: nothing is quantized at run time.
    options = ("adj_x", "adj_y", "asymmetric_quantize_inputs")
    types = ("float32", "int8", "int16")
    limits = "2 to 5 dimensions; int16: zero points are 0"

    def problems(self, op: Op) -> Iterator[str]:
        """See Kernel."""
        found = list(common.check_counts(op, 2))
        found = found or list(common.check_types(op, self.types))
        if found:
            yield from found
            return
        left, right, output = op.input(0), op.input(1), op.output
        if not all(len(v.shape) in _RANKS and v.size for v in (left, right)):
            yield (
                f"has inputs of {common.shape_text(left.shape)} and"
                f" {common.shape_text(right.shape)}: not 2 to 5 dimensions, or one is empty"
            )
        elif _output_shape(op) != output.shape:
            yield (
                f"has the shapes {common.shape_text(left.shape)},"
                f" {common.shape_text(right.shape)} and {common.shape_text(output.shape)}:"
                " they do not fit"
            )
        if output.dtype != "float32":
            found = list(common.check_rescaled(left, right, to=output))
            wide = output.dtype == "int16"
            yield from found or common.check_factor(_factor(op), 14 if wide else 30)
            if wide and any(v.zero_point for v in (left, right, output)):
                yield "has tensors of 16 bits with a zero point: not supported"

    def evaluate(self, op: Op, inputs: Sequence[np.ndarray | None]) -> list[np.ndarray]:
        """See Kernel."""
        left, right = inputs
        assert left is not None and right is not None
        left = left.swapaxes(-1, -2) if op.options["adj_x"] else left
        right = right.swapaxes(-1, -2) if op.options["adj_y"] else right
        if op.output.dtype == "float32":
            total = np.zeros(op.output.shape, np.float32)
            # One product after the other: the order of sums matters.
            for k in range(left.shape[-1]):
                total = total + left[..., :, k, None] * right[..., None, k, :]
            return [total]
        total = np.matmul(
            left.astype(np.int64) - op.input(0).zero_point,
            right.astype(np.int64) - op.input(1).zero_point,
        )
        factor = arithmetic.quantize_multiplier(_factor(op))
        if op.output.dtype == "int16":
            scaled = arithmetic.requantize_wide(total, *factor)
        else:
            scaled = arithmetic.requantize(arithmetic.wrap_int32(total), *factor)
        limits = np.iinfo(op.output.dtype)
        result = np.clip(scaled + op.output.zero_point, limits.min, limits.max)
        return [result.astype(op.output.dtype)]

    def emit(self, op: Op, body: Body) -> None:
        """See Kernel."""
        left, right, output = op.input(0), op.input(1), op.output
        batches = output.shape[:-2] or (1,)
        rows, depth = _matrix(left.shape, bool(op.options["adj_x"]))
        columns = output.shape[-1]
        shape = Struct(
            "batch_matmul",
            {
                "batches": int(np.prod(batches)),
                "batch_rank": len(batches),
                "batch_sizes": batches,
                "left_strides": _batch_strides(left, batches),
                "right_strides": _batch_strides(right, batches),
                "rows": rows,
                "columns": columns,
                "depth": depth,
                "left_row": 1 if op.options["adj_x"] else depth,
                "left_step": rows if op.options["adj_x"] else 1,
                "right_column": depth if op.options["adj_y"] else 1,
                "right_step": 1 if op.options["adj_y"] else columns,
            },
        )
        if output.dtype == "float32":
            body.call("batch_matmul_float", shape, left, right, output)
            return
        factor = arithmetic.quantize_multiplier(_factor(op))
        if output.dtype == "int16":
            body.call("batch_matmul_int16", shape, *factor, left, right, output)
            return
        body.call(
            "batch_matmul_int8",
            shape,
            common.limits_of(output),
            *factor,
            left.zero_point,
            right.zero_point,
            left,
            right,
            output,
        )


KERNELS: dict[str, Kernel] = {
    "BATCH_MATMUL": BatchMatrixProduct(),
}
