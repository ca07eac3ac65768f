# SPDX-License-Identifier: Apache-2.0
"""DEPTHWISE_CONV_2D.

Source: reference_integer_ops/depthwise_conv.h, reference/depthwiseconv_float.h of TFLM.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from aot.c_text import Body, Constant, Struct
from aot.graph import Op
from aot.kernels import common, convolution, in_place
from aot.kernels.int8_layer import BLOCK, Int8Layer, rounding
from aot.kernels.kernel import Distance, Kernel


class DepthwiseConvolution(Kernel):
    """DEPTHWISE_CONV_2D: a convolution with a group for each input channel."""

    options = (*convolution.OPTIONS, "depth_multiplier")
    types = convolution.DEPTHWISE_TYPES
    operands = convolution.OPERANDS
    limits = "weights have one scale, or one a channel, and no zero point"

    def problems(self, op: Op) -> Iterator[str]:
        """See Kernel."""
        yield from convolution.check_convolution(op, self.types)

    def evaluate(self, op: Op, inputs: Sequence[np.ndarray | None]) -> list[np.ndarray]:
        """See Kernel."""
        source, weights, bias = convolution.given(inputs)
        down, across = convolution.windows(op)
        shifted = convolution.without_zero_point(op, source)
        kind = shifted.dtype
        # Each input channel makes several outputs side by side.
        shifted = np.repeat(shifted, op.option("depth_multiplier"), axis=3)
        total = np.zeros(op.output.shape, kind)
        for y, x in np.ndindex(weights.shape[1:3]):
            rows, seen_rows = convolution.tap(down, y, total.shape[1], source.shape[1])
            columns, seen_columns = convolution.tap(across, x, total.shape[2], source.shape[2])
            filters = weights[0, y, x].astype(kind)
            total[:, rows, columns] += shifted[:, seen_rows, seen_columns] * filters
        return [convolution.finished(op, total, bias)]

    def explain(self, op: Op) -> Iterator[str]:
        """See Kernel."""
        weights = op.input(1).data
        if weights is not None:
            taps = weights.reshape(-1, weights.shape[3]).T
            yield from convolution.explain_sums(op, taps, self.layer(op))

    def scratch_bytes(self, op: Op) -> int:
        """See Kernel."""
        if self.layer(op) is None or _is_plain(op):
            return 0
        return convolution.scratch_of(fields_of(op))

    def distances(self, op: Op) -> Mapping[int, Distance]:
        """See Kernel."""
        fields = fields_of(op)
        if self.layer(op) is None:
            return convolution.distances_any(op, fields)
        if _is_plain(op):
            return {0: Distance(in_place.in_fours(fields, fields["in_c"]))}
        return convolution.distances_int8(fields)

    def layer(self, op: Op) -> Int8Layer | None:
        """Prepares the fast functions; None if they can't compute a use of it."""
        weights = op.input(1).data
        if weights is None:
            return None
        weights = weights.reshape(-1, weights.shape[3]).T
        return convolution.layer_of(op, weights, folded=not _is_plain(op))

    def emit(self, op: Op, body: Body) -> None:
        """See Kernel."""
        source, weights = op.input(0), op.input(1)
        fields = fields_of(op)
        shape = shape_of(op)
        if op.output.dtype == "float32":
            body.call(
                "depthwise_conv_2d_float",
                shape,
                *common.float_activation(op),
                source,
                common.weights_argument("weights", weights),
                common.weights_argument("bias", op.optional_input(2)),
                op.output,
            )
            return
        layer = self.layer(op)
        if layer is None:
            convolution.emit_any(op, body, fields, (1, weights.shape[3]))
        elif not _is_plain(op):
            convolution.emit_int8(op, body, layer, fields)
        else:
            body.call(
                "depthwise_conv_2d_int8",
                shape,
                source.zero_point,
                rounding(op),
                source,
                Constant("weights", layer.weights.T),
                Constant("bias", layer.bias),
                Constant("multipliers", layer.multipliers),
                Constant("shifts", layer.shifts),
                op.output,
            )
            convolution.emit_clamp(op, body)


def _is_plain(op: Op) -> bool:
    """Whether there is a function for it alone: it takes four channels at a time."""
    return op.option("depth_multiplier") == 1 and op.output.shape[3] >= BLOCK


def fields_of(op: Op) -> dict[str, int]:
    """Gives the fields of the `struct conv_2d` of the same convolution with groups."""
    source = op.input(0).shape
    return convolution.conv_2d(source, op.output.shape, convolution.windows(op), source[3])


def shape_of(op: Op) -> Struct:
    """Describes it for the runtime."""
    fields = {k: v for k, v in fields_of(op).items() if k not in ("out_c", "groups")}
    return Struct("depthwise_conv_2d", {**fields, "multiplier": op.option("depth_multiplier")})


KERNELS: dict[str, Kernel] = {
    "DEPTHWISE_CONV_2D": DepthwiseConvolution(),
}
