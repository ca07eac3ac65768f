# SPDX-License-Identifier: Apache-2.0
"""AVERAGE_POOL_2D, L2_POOL_2D and MAX_POOL_2D.

Source: reference_integer_ops/pooling.h, reference/pooling.h of TFLM.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from aot import arithmetic
from aot.c_text import Body, Struct
from aot.graph import Op
from aot.kernels import common, in_place
from aot.kernels.kernel import Distance, Kernel

AVERAGE_TYPES = ("float32", "int8", "int16")
MAX_TYPES = ("float32", "int8", "int16")


def windows(op: Op) -> tuple[common.Window, common.Window]:
    """Places a pooling's window: vertically and horizontally."""
    _, height, width, _ = op.input(0).shape
    padding = str(op.options["padding"])
    down = common.window(padding, op.option("filter_height"), op.option("stride_h"), 1, height)
    across = common.window(padding, op.option("filter_width"), op.option("stride_w"), 1, width)
    if "pad_h" in op.options:
        # Some rows of a larger image: see chain.py.
        down = dataclasses.replace(down, before=op.option("pad_h"))
    return down, across


def _output_size(op: Op) -> tuple[int, int]:
    """Height and width of the output, as TFLM finds them."""
    _, height, width, _ = op.input(0).shape
    down, across = windows(op)
    if op.options["padding"] == "SAME":
        return -(-height // down.stride), -(-width // across.stride)
    return (
        (height + down.stride - down.size) // down.stride,
        (width + across.stride - across.size) // across.stride,
    )


def all_see(one: common.Window, outputs: int, length: int) -> bool:
    """Whether each output's window sees the image, in one dimension."""
    return one.start(0) + one.size > 0 and one.start(outputs - 1) < length


class Pooling(Kernel):
    """AVERAGE_POOL_2D, L2_POOL_2D and MAX_POOL_2D."""

    options = (
        "padding",
        "stride_w",
        "stride_h",
        "filter_width",
        "filter_height",
        "fused_activation_function",
    )

    def __init__(self, *types: str) -> None:
        """Makes one of them.

        Args:
          *types: see Kernel.
        """
        self.types = types
        if len(types) > 1:
            self.limits = "integers: input and output have one scale and zero point"

    def problems(self, op: Op) -> Iterator[str]:
        """See Kernel."""
        found = list(common.check_counts(op, 1))
        found = found or list(common.check_types(op, self.types))
        if found:
            yield from found
            return
        found = list(common.check_activation(op))
        found += common.check_window(op, dilated=False)
        for name in ("filter_width", "filter_height"):
            if op.option(name) < 1:
                found.append(f"has {name} = {op.option(name)}")
        source, output = op.input(0).shape, op.output.shape
        if not all(len(shape) == 4 and all(shape) for shape in (source, output)):
            found.append(
                f"has the shapes {common.shape_text(source)} and {common.shape_text(output)}:"
                " not four dimensions, or one is empty"
            )
        elif (source[0], source[3]) != (output[0], output[3]):
            found.append(
                f"has an output of {common.shape_text(output)}, which does not fit its input"
            )
        yield from found
        if found:
            return
        down, across = windows(op)
        yield from common.check_reach(down, output[1])
        yield from common.check_reach(across, output[2])
        if op.kind == "L2_POOL_2D" and output[1:3] != _output_size(op):
            yield f"has an output of {common.shape_text(output)}, which does not fit its input"
        if op.kind == "AVERAGE_POOL_2D" and not (
            all_see(down, output[1], source[1]) and all_see(across, output[2], source[2])
        ):
            yield "has an output whose window is outside of the image"
        if op.output.dtype != "float32":
            yield from common.check_quantized(op.input(0), op.output, zero=True)
            for reason in common.check_integer_activation(op):
                # TFLM goes on with limits that it has not set.
                yield f"{reason}: the result is not defined"
            # As TFLM does: it does not rescale.
            if (
                abs(np.float32(op.input(0).scale) - np.float32(op.output.scale)) > 1e-6
                or op.input(0).zero_point != op.output.zero_point
            ):
                yield "has an input and an output of different quantization: not supported"

    def evaluate(self, op: Op, inputs: Sequence[np.ndarray | None]) -> list[np.ndarray]:
        """See Kernel."""
        source = inputs[0]
        assert source is not None
        result = np.empty(op.output.shape, np.float32 if source.dtype == np.float32 else np.int64)
        for y, x in np.ndindex(op.output.shape[1:3]):
            rows, columns = (
                _seen(one, place, length)
                for one, place, length in zip(
                    windows(op), (y, x), op.input(0).shape[1:3], strict=True
                )
            )
            seen = source[:, rows, columns].reshape(len(source), -1, source.shape[3])
            result[:, y, x] = _float(op, seen) if result.dtype == np.float32 else _integer(op, seen)
        if result.dtype == np.float32:
            return [common.clamp_float(result, *common.float_activation(op))]
        return [np.clip(result, *common.integer_activation(op)).astype(op.output.dtype)]

    def emit(self, op: Op, body: Body) -> None:
        """See Kernel."""
        kind = "float" if op.output.dtype == "float32" else op.output.dtype
        limits = common.float_activation(op) if kind == "float" else common.integer_activation(op)
        body.call(f"{op.kind.lower()}_{kind}", shape_of(op), *limits, op.input(0), op.output)

    def distances(self, op: Op) -> Mapping[int, Distance]:
        """See Kernel."""
        # Each channel is made of itself.
        channels = op.output.shape[3]
        found = in_place.one_by_one({**fields_of(op), "in_c": channels}, channels, channels)
        return {0: Distance(found * np.dtype(op.output.dtype).itemsize)}


def shape_of(op: Op) -> Struct:
    """Describes it for the runtime."""
    return Struct("pool_2d", fields_of(op))


def fields_of(op: Op) -> dict[str, int]:
    """Gives the fields of its `struct pool_2d`."""
    down, across = windows(op)
    _, in_h, in_w, channels = op.input(0).shape
    batches, out_h, out_w, _ = op.output.shape
    return {
        "batches": batches,
        "in_h": in_h,
        "in_w": in_w,
        "channels": channels,
        "out_h": out_h,
        "out_w": out_w,
        "filter_h": down.size,
        "filter_w": across.size,
        "stride_h": down.stride,
        "stride_w": across.stride,
        "pad_h": down.before,
        "pad_w": across.before,
    }


def _seen(one: common.Window, place: int, length: int) -> slice:
    """Finds what a window sees at one place, in one dimension."""
    start = one.start(place)
    first = max(start, 0)
    return slice(first, max(min(start + one.size, length), first))


def _float(op: Op, seen: np.ndarray) -> np.ndarray:
    """Pools floats.

    Args:
      op: the operator.
      seen: batches, elements, channels.

    Returns:
      Batches, channels; without the activation.
    """
    if op.kind == "MAX_POOL_2D":
        # What is not a number does not come in.
        return np.fmax.reduce(seen, axis=1, initial=np.float32(common.FLOAT_LOWEST))
    values = seen * seen if op.kind == "L2_POOL_2D" else seen
    # One after the other: the order of sums matters.
    zeros = np.zeros_like(values, shape=(len(seen), 1, seen.shape[2]))
    total = np.add.accumulate(np.concatenate([zeros, values], axis=1), axis=1)[:, -1]
    with np.errstate(divide="ignore", invalid="ignore"):
        average = total / np.float32(seen.shape[1])
        return np.sqrt(average) if op.kind == "L2_POOL_2D" else average


def _integer(op: Op, seen: np.ndarray) -> np.ndarray:
    """Pools integers: see `_float`."""
    if op.kind == "MAX_POOL_2D":
        return seen.max(axis=1, initial=np.iinfo(seen.dtype).min)
    count = seen.shape[1]
    # Sums have 32 bits.
    total = arithmetic.wrap_int32(seen.sum(axis=1, dtype=np.int64))
    total = arithmetic.wrap_int32(total + np.where(total > 0, count // 2, -(count // 2)))
    return np.where(total > 0, total // count, -(-total // count))


KERNELS: dict[str, Kernel] = {
    "AVERAGE_POOL_2D": Pooling(*AVERAGE_TYPES),
    "L2_POOL_2D": Pooling("float32"),
    "MAX_POOL_2D": Pooling(*MAX_TYPES),
}
