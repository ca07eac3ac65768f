# SPDX-License-Identifier: Apache-2.0
"""AVERAGE_POOL_2D, L2_POOL_2D and MAX_POOL_2D.

Source: reference_integer_ops/pooling.h, reference/pooling.h of TFLM.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from aot.c_text import Body, Struct
from aot.graph import Op
from aot.kernels import common, convolution
from aot.kernels.kernel import Kernel


def _windows(op: Op) -> tuple[common.Window, common.Window]:
    _, height, width, _ = op.input(0).shape
    padding = str(op.options["padding"])
    return (
        common.window(padding, op.option("filter_height"), op.option("stride_h"), 1, height),
        common.window(padding, op.option("filter_width"), op.option("stride_w"), 1, width),
    )


def _output_size(op: Op) -> tuple[int, int]:
    """Height and width of the output, as TFLM finds them."""
    _, height, width, _ = op.input(0).shape
    down, across = _windows(op)
    if op.options["padding"] == "SAME":
        return -(-height // down.stride), -(-width // across.stride)
    return (
        (height + down.stride - down.size) // down.stride,
        (width + across.stride - across.size) // across.stride,
    )


def _all_see(one: common.Window, outputs: int, length: int) -> bool:
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
    limits = "integers: input and output have one scale and zero point"

    def __init__(self, *types: str) -> None:
        """Makes one of them.

        Args:
          *types: see Kernel.
        """
        self.types = types

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
            if not 0 < op.option(name) < 1 << 15:
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
        down, across = _windows(op)
        if op.kind == "L2_POOL_2D" and output[1:3] != _output_size(op):
            yield f"has an output of {common.shape_text(output)}, which does not fit its input"
        if op.kind == "AVERAGE_POOL_2D" and not (
            _all_see(down, output[1], source[1]) and _all_see(across, output[2], source[2])
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
        down, across = _windows(op)
        is_float, average = op.output.dtype == "float32", op.kind != "MAX_POOL_2D"
        squares = op.kind == "L2_POOL_2D"
        kind = np.float32 if is_float else np.int64
        lowest = common.FLOAT_LOWEST if is_float else np.iinfo(op.output.dtype).min
        total = np.full(op.output.shape, 0 if average else lowest, kind)
        count = np.zeros(op.output.shape, kind)
        for y in range(down.size):
            for x in range(across.size):
                seen, inside = convolution.tap(source, down, across, (y, x), op.output.shape[1:3])
                where = inside[None, :, :, None]
                values = seen * seen if squares else seen.astype(kind)
                # As std::max: what is not a number does not come in.
                more = total + values if average else np.where(total < values, values, total)
                total = np.where(where, more, total)
                count += where
        if is_float:
            with np.errstate(divide="ignore", invalid="ignore"):
                result = total / count if average else total
                result = np.sqrt(result) if squares else result
            return [common.clamp_float(result, *common.float_activation(op))]
        if average:
            half = count // 2
            total = np.where(total > 0, (total + half) // count, -((half - total) // count))
        return [np.clip(total, *common.integer_activation(op)).astype(op.output.dtype)]

    def emit(self, op: Op, body: Body) -> None:
        """See Kernel."""
        down, across = _windows(op)
        _, in_h, in_w, channels = op.input(0).shape
        batches, out_h, out_w, _ = op.output.shape
        kind = "float" if op.output.dtype == "float32" else op.output.dtype
        limits = common.float_activation(op) if kind == "float" else common.integer_activation(op)
        shape = Struct(
            "pool_2d",
            {
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
            },
        )
        body.call(f"{op.kind.lower()}_{kind}", shape, *limits, op.input(0), op.output)


KERNELS: dict[str, Kernel] = {
    "AVERAGE_POOL_2D": Pooling("float32", "int8", "int16"),
    "L2_POOL_2D": Pooling("float32"),
    "MAX_POOL_2D": Pooling("float32", "int8", "int16"),
}
