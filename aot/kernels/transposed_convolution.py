# SPDX-License-Identifier: Apache-2.0
"""TRANSPOSE_CONV. Source: reference{,/integer_ops}/transpose_conv.h of TFLM.

TFLM adds what each input makes of the outputs. An output sees the products in the order of the
inputs, so that it is as well summed at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from aot import arithmetic
from aot.c_text import Body, Constant, Struct
from aot.graph import Op
from aot.kernels import common, convolution, live_channels
from aot.kernels.kernel import Kernel


def _windows(op: Op) -> tuple[common.Window, common.Window]:
    """How the window would move over the output, were it an input."""
    _, height, width, _ = op.output.shape
    _, filter_height, filter_width, _ = op.input(1).shape
    padding = str(op.options["padding"])
    return (
        common.window(padding, filter_height, op.option("stride_h"), 1, height),
        common.window(padding, filter_width, op.option("stride_w"), 1, width),
    )


class TransposedConvolution(Kernel):
    """TRANSPOSE_CONV. The output's shape is that of the file, not that of the first input."""

    # TFLM takes the type of the bias from the bias.
    options = (
        "padding",
        "stride_w",
        "stride_h",
        "fused_activation_function",
        "quantized_bias_type",
    )
    types = (
        "float32",
        ("int8", "int8", "int32", "int8"),
        ("int16", "int8", "int16", "int16"),
        ("int16", "int8", "int64", "int16"),
    )
    operands = convolution.OPERANDS
    limits = (
        "weights have one scale, or one a channel, and no zero point; int16: zero points are "
        "0, an int16 bias is constant"
    )

    def problems(self, op: Op) -> Iterator[str]:
        """See Kernel."""
        found = list(common.check_counts(op, range(3, 5), optional=(0, 3)))
        if found:
            yield from found
            return
        found = list(self._check_types(op))
        if found:
            yield from found
            return
        found = [*common.check_window(op, dilated=False), *self._check_shapes(op)]
        if not found:
            found = list(self._check_places(op))
        found += common.check_activation(op)
        yield from found
        if not found and op.output.dtype != "float32":
            yield from self._check_scales(op)

    def _check_types(self, op: Op) -> Iterator[str]:
        yield from common.check_types(op, self.types, (2, 1, 3))
        bias = op.optional_input(3)
        if bias is not None and bias.dtype == "int16" and not bias.is_constant:
            yield "has a bias of 16 bits that is not constant: not supported"

    def _check_shapes(self, op: Op) -> Iterator[str]:
        weights, source, output = op.input(1).shape, op.input(2).shape, op.output.shape
        if not all(len(shape) == 4 and all(shape) for shape in (source, weights, output)):
            yield (
                f"has the shapes {common.shape_text(source)}, {common.shape_text(weights)} and"
                f" {common.shape_text(output)}: not four dimensions, or one is empty"
            )
        elif source[0] != output[0] or weights[3] != source[3] or weights[0] != output[3]:
            yield (
                f"has the shapes {common.shape_text(source)}, {common.shape_text(weights)} and"
                f" {common.shape_text(output)}: they do not fit"
            )
        else:
            bias = op.optional_input(3)
            if bias is not None and bias.size != output[3]:
                yield f"has {bias.size} biases for {output[3]} channels"

    def _check_places(self, op: Op) -> Iterator[str]:
        lengths = zip(op.output.shape[1:3], op.input(2).shape[1:3], strict=True)
        for window, (outputs, inputs) in zip(_windows(op), lengths, strict=True):
            if op.options["padding"] == "VALID" and outputs < window.size:
                yield "has an output that is smaller than its weights"
            yield from common.check_reach(window, inputs)
            if inputs > 1:
                yield from common.check_steps(window.stride)

    def _check_scales(self, op: Op) -> Iterator[str]:
        weights, source, output = op.input(1), op.input(2), op.output
        channels = weights.shape[0]
        found = list(common.check_rescaled(source, to=output))
        found += convolution.check_weights(weights, channels)
        if found:
            yield from found
            return
        wide = output.dtype == "int16"
        if wide and (source.zero_point or output.zero_point):
            yield "has tensors of 16 bits with a zero point: not supported"
        found = list(common.check_integer_activation(op))
        yield from found
        if found:
            return
        scales = np.broadcast_to(weights.scales, channels)[self._live(op)]
        factor = common.convolution_factor(op, source)(float(scales.max(initial=0)))
        yield from common.check_factor(factor, live_channels.highest_shift(not wide))

    def evaluate(self, op: Op, inputs: Sequence[np.ndarray | None]) -> list[np.ndarray]:
        """See Kernel."""
        weights, source = inputs[1], inputs[2]
        bias = inputs[3] if len(inputs) > 3 else None
        assert weights is not None and source is not None
        down, across = _windows(op)
        is_float = op.output.dtype == "float32"
        kind = np.float32 if is_float else np.int64
        source = source.astype(kind) - (0 if is_float else op.input(2).zero_point)
        # Rows, columns, input channels, output channels.
        filters = np.ascontiguousarray(weights.astype(kind).transpose(1, 2, 3, 0))
        total: np.ndarray = np.zeros(op.output.shape, kind)
        # The last tap is that of an output's first input: the order of sums matters.
        for y, x in reversed(list(np.ndindex(filters.shape[:2]))):
            rows, reached_rows = convolution.tap(down, y, source.shape[1], total.shape[1])
            columns, reached_columns = convolution.tap(across, x, source.shape[2], total.shape[2])
            sums, seen = total[:, reached_rows, reached_columns], source[:, rows, columns]
            if is_float:
                convolution.add_products(sums, seen, filters[y, x])
            else:
                sums += np.einsum("byxc,co->byxo", seen, filters[y, x])
        return [self._finished(op, total, bias)]

    def _finished(self, op: Op, total: np.ndarray, bias: np.ndarray | None) -> np.ndarray:
        if op.output.dtype == "float32":
            total = total if bias is None else total + bias
            return common.clamp_float(total, *common.float_activation(op))
        if bias is not None:
            total = total + bias.astype(np.int64)
        factors = self._factors(op)
        multipliers, shifts = factors.multipliers.astype(np.int64), factors.shifts
        if op.output.dtype == "int16":
            scaled = arithmetic.requantize_wide(total, multipliers, shifts)
        else:
            scaled = arithmetic.requantize(arithmetic.wrap_int32(total), multipliers, shifts)
        limits = common.integer_activation(op)
        return np.clip(scaled + op.output.zero_point, *limits).astype(op.output.dtype)

    def _factors(self, op: Op) -> common.Requantization:
        return common.requantization(
            op.input(1), self._live(op), common.convolution_factor(op, op.input(2))
        )

    def _live(self, op: Op) -> np.ndarray:
        """Finds the channels whose scale makes a difference."""
        narrow = op.output.dtype == "int8"
        zero_points = op.input(2).zero_point, op.output.zero_point
        return live_channels.find(
            live_channels.Layer(
                op, op.input(2), op.input(1), op.optional_input(3), narrow, *zero_points
            ),
            op.output.shape[3],
        )

    def emit(self, op: Op, body: Body) -> None:
        """See Kernel."""
        weights, source, output = op.input(1), op.input(2), op.output
        bias = op.optional_input(3)
        down, across = _windows(op)
        shape = Struct(
            "transpose_conv",
            {
                "batches": output.shape[0],
                "in_h": source.shape[1],
                "in_w": source.shape[2],
                "in_c": source.shape[3],
                "out_h": output.shape[1],
                "out_w": output.shape[2],
                "out_c": output.shape[3],
                "filter_h": down.size,
                "filter_w": across.size,
                "stride_h": down.stride,
                "stride_w": across.stride,
                "pad_h": down.before,
                "pad_w": across.before,
            },
        )
        weights_argument = common.weights_argument("weights", weights)
        if output.dtype == "float32":
            limits = common.float_activation(op)
            body.call(
                "transpose_conv_float",
                shape,
                *limits,
                source,
                weights_argument,
                common.weights_argument("bias", bias),
                output,
            )
            return
        bias_argument = common.weights_argument("bias", bias)
        if isinstance(bias_argument, Constant) and output.dtype == "int16":
            bias_argument = Constant("bias", bias_argument.data.astype(np.int64))
        factors = self._factors(op)
        body.call(
            f"transpose_conv_{output.dtype}",
            shape,
            common.limits_of(output, *common.integer_activation(op)),
            *([source.zero_point] if output.dtype == "int8" else []),
            source,
            weights_argument,
            bias_argument,
            Constant("multipliers", factors.multipliers),
            Constant("shifts", factors.shifts),
            output,
        )


KERNELS: dict[str, Kernel] = {
    "TRANSPOSE_CONV": TransposedConvolution(),
}
