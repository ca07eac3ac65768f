# SPDX-License-Identifier: Apache-2.0
"""MEAN, SUM, REDUCE_ALL, REDUCE_MAX, REDUCE_MIN. Source: reference/reduce.h of TFLM."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

import numpy as np

from aot import arithmetic
from aot.c_text import Body, Struct
from aot.graph import Op
from aot.kernels import common
from aot.kernels.kernel import Kernel

# Of dimensions that are kept, and as many that are reduced: see struct reduction.
_MAX_GROUPS = 4
_NOT_RESCALED = "constant axes; int8: input and output have one scale and zero point"


@dataclasses.dataclass(frozen=True)
class _Group:
    """Dimensions that lie side by side, as one.

    Attributes:
      size: how many elements.
      stride: from one to the next in the input.
    """

    size: int
    stride: int


def _axes(op: Op) -> tuple[int, ...]:
    """The dimensions that are reduced, in order, each once."""
    rank = len(op.input(0).shape)
    if not rank:
        return ()
    axes = op.input(1).data
    assert axes is not None
    return tuple(sorted({int(a) % rank for a in axes.ravel()}))


def _count(op: Op) -> int:
    """How many elements are reduced to one."""
    return int(np.prod([op.input(0).shape[a] for a in _axes(op)], dtype=np.int64))


def _groups(op: Op) -> tuple[list[_Group], list[_Group]]:
    """The dimensions that are kept, and those that are reduced; one at least of each."""
    shape, axes = op.input(0).shape, _axes(op)
    found: tuple[list[_Group], list[_Group]] = ([], [])
    stride, last = 1, None
    for i in reversed(range(len(shape))):
        if shape[i] == 1:
            continue
        groups = found[i in axes]
        if last is groups:
            groups[0] = _Group(groups[0].size * shape[i], groups[0].stride)
        else:
            groups.insert(0, _Group(shape[i], stride))
        stride, last = stride * shape[i], groups
    return found[0] or [_Group(1, 0)], found[1] or [_Group(1, 0)]


def _factor(op: Op) -> tuple[int, int]:
    """How a sum becomes an output: multiplier and shift."""
    multiplier, shift = arithmetic.quantize_multiplier(op.input(0).scale / op.output.scale)
    if op.kind == "MEAN":
        # The division is a part of the factor.
        count = _count(op)
        more = min(count.bit_length() - 1, 32, 31 + shift)
        multiplier, shift = (multiplier << more) // count, shift - more
    return multiplier, shift


class Reduction(Kernel):
    """MEAN, SUM, REDUCE_ALL, REDUCE_MAX and REDUCE_MIN."""

    # The shape is that of the file, whether dimensions are kept or not.
    options = ("keep_dims",)

    def __init__(self, *types: str, limits: str = "constant axes") -> None:
        """Makes one of them.

        Args:
          *types: of inputs and outputs.
          limits: see Kernel.
        """
        self.limits = limits
        self.types = tuple((t, "int32", t) for t in types)

    def problems(self, op: Op) -> Iterator[str]:
        """See Kernel."""
        found = list(common.check_counts(op, 2))
        found = found or list(common.check_types(op, self.types))
        if found:
            yield from found
            return
        source, output = op.input(0), op.output
        rank = len(source.shape)
        # TFLM does not look at the axes of a scalar.
        found = list(common.check_axes(op.input(1), rank)) if rank else []
        if found:
            yield from found
            return
        axes = _axes(op)
        kept = tuple(1 if i in axes else n for i, n in enumerate(source.shape))
        dropped = tuple(n for i, n in enumerate(source.shape) if i not in axes)
        if not source.size:
            yield f"has an input of {common.shape_text(source.shape)}: it is empty"
            return
        if output.shape not in (kept, dropped):
            yield (
                f"has an output of {common.shape_text(output.shape)}, and its input makes"
                f" {common.shape_text(dropped)}"
            )
        if max(map(len, _groups(op))) > _MAX_GROUPS:
            yield f"has an input of {rank} dimensions: too many"
        if output.dtype in ("int8", "int16") and op.kind in ("MEAN", "SUM"):
            found = list(common.check_rescaled(source, to=output))
            yield from found or common.check_factor(source.scale / output.scale)
        elif output.dtype == "int8" and (
            source.scale != output.scale or source.zero_point != output.zero_point
        ):
            # As TFLM does: it does not rescale.
            yield "has an input and an output of different quantization: not supported"

    def evaluate(self, op: Op, inputs: Sequence[np.ndarray | None]) -> list[np.ndarray]:
        """See Kernel."""
        source, axes, count = inputs[0], _axes(op), _count(op)
        assert source is not None
        kept = tuple(i for i in range(source.ndim) if i not in axes)
        rows = source.transpose(*kept, *axes).reshape(-1, count)
        if op.kind not in ("MEAN", "SUM"):
            result = self._extreme(op, rows)
        elif op.output.dtype == "float32":
            # One element after the other: the order of sums matters.
            zeros = np.zeros((len(rows), 1), np.float32)
            result = np.add.accumulate(np.hstack([zeros, rows]), axis=1)[:, -1]
            if op.kind == "MEAN":
                result = result / np.float32(count)
        else:
            total = rows.astype(np.int64).sum(axis=1) - op.input(0).zero_point * count
            scaled = arithmetic.requantize(arithmetic.wrap_int32(total), *_factor(op))
            limits = np.iinfo(op.output.dtype)
            result = np.clip(scaled + op.output.zero_point, limits.min, limits.max)
        return [result.astype(op.output.dtype).reshape(op.output.shape)]

    def _extreme(self, op: Op, rows: np.ndarray) -> np.ndarray:
        if op.output.dtype != "float32":
            return rows.max(axis=1) if op.kind == "REDUCE_MAX" else rows.min(axis=1)
        largest = op.kind == "REDUCE_MAX"
        first = common.FLOAT_LOWEST if largest else common.FLOAT_HIGHEST
        best = np.full(len(rows), first, np.float32)
        for values in rows.T:
            # What is not a number does not come in; of 0 and -0 the first one stays.
            best = np.where(values > best if largest else values < best, values, best)
        return best

    def may_share(self, op: Op) -> tuple[int, ...]:
        """See Kernel."""
        # No input of a later output has a lower number than this output.
        return (0,)

    def emit(self, op: Op, body: Body) -> None:
        """See Kernel."""
        source, output = op.input(0), op.output
        kept, (*rows, row) = _groups(op)
        rows = rows or [_Group(1, 0)]
        shape = Struct(
            "reduction",
            {
                "outputs": output.size,
                "kept_rank": len(kept),
                "kept_sizes": [g.size for g in kept],
                "kept_strides": [g.stride for g in kept],
                "rows": int(np.prod([g.size for g in rows])),
                "row_rank": len(rows),
                "row_sizes": [g.size for g in rows],
                "row_strides": [g.stride for g in rows],
                "length": row.size,
                "stride": row.stride,
            },
        )
        kind = "float" if output.dtype == "float32" else output.dtype
        if op.kind not in ("MEAN", "SUM"):
            kind = "float" if output.dtype == "float32" else "int8"
            largest = "true" if op.kind == "REDUCE_MAX" else "false"
            body.call(f"reduce_extreme_{kind}", shape, largest, source, output)
            return
        count = _count(op)
        if output.dtype == "float32":
            divisor = float(count) if op.kind == "MEAN" else 1.0
            body.call("reduce_sum_float", shape, divisor, source, output)
            return
        start = arithmetic.wrap_int32(np.array(-source.zero_point * count))
        body.call(
            f"reduce_sum_{output.dtype}",
            shape,
            common.limits_of(output),
            int(start),
            *_factor(op),
            source,
            output,
        )


KERNELS: dict[str, Kernel] = {
    "MEAN": Reduction("float32", "int8", "int16"),
    "REDUCE_ALL": Reduction("bool"),
    "REDUCE_MAX": Reduction("float32", "int8", limits=_NOT_RESCALED),
    "REDUCE_MIN": Reduction("float32", "int8", limits=_NOT_RESCALED),
    "SUM": Reduction("float32", "int8", "int16"),
}
