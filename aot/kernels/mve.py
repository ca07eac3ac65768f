# SPDX-License-Identifier: Apache-2.0
"""Kernels for cores with the vector extension of Armv8.1-M (MVE, Helium): Cortex-M55 and others.

They mean what those of all cores mean, which compute what these can't.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from aot import arithmetic
from aot.c_text import Body, Struct
from aot.graph import Op
from aot.kernels import (
    common,
    convolution,
    depthwise_convolution,
    in_place,
    mve_depthwise,
    mve_layer,
    mve_pooled,
    pooled_convolution,
    pooling,
)
from aot.kernels.broadcasting import Row
from aot.kernels.convolution import Convolution
from aot.kernels.depthwise_convolution import DepthwiseConvolution
from aot.kernels.elementwise_arithmetic import Sum
from aot.kernels.fully_connected import FullyConnected
from aot.kernels.int8_layer import Int8Layer
from aot.kernels.kernel import Distance, Kernel
from aot.kernels.pooled_convolution import PooledConvolution
from aot.kernels.pooling import Pooling


class MveConvolution(Convolution):
    """CONV_2D."""

    def explain(self, op: Op) -> Iterator[str]:
        """See Kernel."""
        yield from super().explain(op)
        if op.output.dtype == "int8":
            yield from mve_layer.explain(self.layer(op))

    def scratch_bytes(self, op: Op) -> int:
        """See Kernel."""
        if self.layer(op) is None:
            return super().scratch_bytes(op)
        return mve_layer.scratch_of(self.fields(op))

    def distances(self, op: Op) -> Mapping[int, Distance]:
        """See Kernel."""
        if self.layer(op) is None:
            return super().distances(op)
        return mve_layer.distances(self.fields(op))

    def emit(self, op: Op, body: Body) -> None:
        """See Kernel."""
        layer = self.layer(op)
        if layer is None:
            super().emit(op, body)
        else:
            mve_layer.emit_convolution(op, body, layer, self.fields(op))


class MveFullyConnected(FullyConnected):
    """FULLY_CONNECTED."""

    def explain(self, op: Op) -> Iterator[str]:
        """See Kernel."""
        yield from super().explain(op)
        if op.output.dtype == "int8":
            yield from mve_layer.explain(self.layer(op))

    def distances(self, op: Op) -> Mapping[int, Distance]:
        """See Kernel."""
        if self.layer(op) is None:
            return super().distances(op)
        outputs, inputs = op.input(1).shape[-2:]
        return {0: Distance(mve_layer.rows_distance(self.rows(op), inputs, outputs))}

    def emit(self, op: Op, body: Body) -> None:
        """See Kernel."""
        layer = self.layer(op)
        if layer is None:
            super().emit(op, body)
        else:
            mve_layer.emit_dense(op, body, layer, self.rows(op))


class MveDepthwiseConvolution(DepthwiseConvolution):
    """DEPTHWISE_CONV_2D."""

    def _prepared(self, op: Op) -> Int8Layer | None:
        """Prepares the functions with vectors; None if they can't compute a use of it."""
        weights = op.input(1).data
        if weights is None or op.option("depth_multiplier") != 1:
            return None
        taps = weights.reshape(-1, weights.shape[3]).T
        return convolution.layer_of(op, taps, folded=mve_depthwise.is_3x3(op))

    def explain(self, op: Op) -> Iterator[str]:
        """See Kernel."""
        yield from super().explain(op)
        if op.output.dtype == "int8":
            if self._prepared(op) is None:
                yield "no vectors: its scales, or sums of more than 30 bits, or a depth multiplier"
            elif mve_depthwise.is_3x3(op):
                yield "vectors of 16 bytes (VMLADAV)"
            else:
                yield "vectors of four channels: not 3 x 3"

    def scratch_bytes(self, op: Op) -> int:
        """See Kernel."""
        if self._prepared(op) is None:
            return super().scratch_bytes(op)
        return mve_depthwise.scratch_of(op) if mve_depthwise.is_3x3(op) else 0

    def distances(self, op: Op) -> Mapping[int, Distance]:
        """See Kernel."""
        if self._prepared(op) is None:
            return super().distances(op)
        if mve_depthwise.is_3x3(op):
            # Channels of all pixels are written before others are read.
            return {}
        fields = depthwise_convolution.fields_of(op)
        return {0: Distance(in_place.one_by_one(fields, fields["in_c"], fields["in_c"]))}

    def emit(self, op: Op, body: Body) -> None:
        """See Kernel."""
        layer = self._prepared(op)
        if layer is None:
            super().emit(op, body)
        elif mve_depthwise.is_3x3(op):
            mve_depthwise.emit_3x3(op, body, layer)
        else:
            mve_depthwise.emit_any(op, body, layer)


class MvePooling(Pooling):
    """AVERAGE_POOL_2D and MAX_POOL_2D."""

    def explain(self, op: Op) -> Iterator[str]:
        """See Kernel."""
        if op.output.dtype == "int8":
            channels = 16 if op.kind == "MAX_POOL_2D" else 4
            fits = _sums_fit(op)
            yield f"vectors of {channels} channels" if fits else "no vectors: sums may wrap"

    def emit(self, op: Op, body: Body) -> None:
        """See Kernel."""
        if op.output.dtype != "int8" or not _sums_fit(op):
            super().emit(op, body)
            return
        function = "max_pool_2d_mve" if op.kind == "MAX_POOL_2D" else "average_pool_2d_mve"
        limits = common.integer_activation(op)
        body.call(function, pooling.shape_of(op), *limits, op.input(0), op.output)


def _sums_fit(op: Op) -> bool:
    """Whether the sum of what a window sees fits in 32 bits."""
    down, across = pooling.windows(op)
    return op.kind == "MAX_POOL_2D" or down.size * across.size < 1 << 23


class MveSum(Sum):
    """ADD and SUB."""

    def explain(self, op: Op) -> Iterator[str]:
        """See Kernel."""
        said = list(super().explain(op))
        if not said and op.output.dtype == "int8":
            if self._vectors(op) is None:
                said = ["no vectors: its scales are too far apart"]
            elif self.row_that_runs(op) is None:
                said = ["no vectors: a number of one input is for several"]
            else:
                said = ["rows in vectors of four"]
        yield from said

    def _vectors(self, op: Op) -> tuple[Struct, tuple[int, int]] | None:
        """Finds the parameters of the function with vectors, and the order of its inputs."""
        x, y = (0, 1) if op.input(0).scale > op.input(1).scale else (1, 0)
        # Of 8 bits: how far TFLM shifts inputs to the left.
        unit = 1 << 20
        factors, signs = self.factors(op), (1, self.sign)
        y_multiplier, y_shift = arithmetic.quantize_multiplier(factors[y])
        multiplier, shift = arithmetic.quantize_multiplier(factors[2])
        y_factor = unit
        if y_shift == 0:
            # 1/2: doubled, to be halved.
            y_factor, y_shift = 2 * unit, -1
        # The factor of the larger scale is 1/2: there is nothing to multiply.
        if factors[x] != 0.5 or factors[y] > 0.5 or shift > -1:
            return None
        x_factor = signs[x] * unit // 2
        low, high = common.integer_activation(op)
        fields = {
            "x_factor": x_factor,
            "x_offset": -x_factor * op.input(x).zero_point,
            "y_factor": y_factor,
            "y_offset": -y_factor * op.input(y).zero_point,
            "y_multiplier": y_multiplier,
            "y_shift": y_shift,
            "y_sign": signs[y],
            "multiplier": multiplier,
            "shift": shift,
            "zero_point": op.output.zero_point,
            "lowest": low,
            "highest": high,
        }
        return Struct("scaled_sum_mve", fields), (x, y)

    def row(self, op: Op) -> Row | None:
        """See Broadcasting."""
        found = self._vectors(op) if op.output.dtype == "int8" else None
        if found is None:
            return super().row(op)
        return Row("scaled_sum_mve", (found[0],), found[1])


class MvePooledConvolution(PooledConvolution):
    """CONV_2D and MAX_POOL_2D in one."""

    convolution = MveConvolution()

    def explain(self, op: Op) -> Iterator[str]:
        """See Kernel."""
        layer, _ = pooled_convolution.parts(op)
        yield from self.convolution.explain(layer)
        small = pooled_convolution.is_small(op)
        yield "the largest sums are scaled" if small else "the rows of a maximum are made in turn"

    def scratch_bytes(self, op: Op) -> int:
        """See Kernel."""
        if pooled_convolution.is_small(op):
            return 0
        return mve_pooled.scratch_of(*pooled_convolution.parts(op))

    def distances(self, op: Op) -> Mapping[int, Distance]:
        """See Kernel."""
        fields = pooled_convolution.fields_of(op)
        lowest = in_place.lowest_seen(self.window(op), fields["in_c"])
        outputs = fields["out_c"]
        if pooled_convolution.is_small(op):
            pixels = lowest.reshape(len(lowest), -1)
            return {0: Distance(in_place.at_a_time(pixels, 4, outputs))}
        # A row is read before it is written.
        rows = lowest.min(axis=2)
        return {0: Distance(in_place.at_a_time(rows, 1, fields["out_w"] * outputs))}

    def emit(self, op: Op, body: Body) -> None:
        """See Kernel."""
        if pooled_convolution.is_small(op):
            mve_pooled.emit_small(op, body, self)
        else:
            mve_pooled.emit_rows(op, body, self.layer(op))


KERNELS: dict[str, Kernel] = {
    "ADD": MveSum(1),
    "AVERAGE_POOL_2D": MvePooling("float32", "int8", "int16"),
    "CONV_2D": MveConvolution(),
    "CONV_2D_MAX_POOL_2D": MvePooledConvolution(),
    "DEPTHWISE_CONV_2D": MveDepthwiseConvolution(),
    "FULLY_CONNECTED": MveFullyConnected(),
    "MAX_POOL_2D": MvePooling(*pooling.MAX_TYPES),
    "SUB": MveSum(-1),
}
