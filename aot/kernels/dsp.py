# SPDX-License-Identifier: Apache-2.0
"""Kernels for cores with the DSP extension of Arm: Cortex-M4, M7, M33 and others.

They mean what those of all cores mean, which compute what these can't.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import numpy as np

from aot import arithmetic
from aot.c_text import Body, Constant, Scratch, Struct
from aot.graph import Op
from aot.kernels import (
    convolution,
    depthwise_convolution,
    dsp_layer,
    in_place,
    pooled_convolution,
    pooling,
)
from aot.kernels.convolution import Convolution
from aot.kernels.depthwise_convolution import DepthwiseConvolution
from aot.kernels.dsp_layer import Packed
from aot.kernels.fully_connected import FullyConnected, Inputs
from aot.kernels.int8_layer import BLOCK, Int8Layer, rounding
from aot.kernels.kernel import Distance, Kernel, Variant
from aot.kernels.pooled_convolution import PooledConvolution
from aot.kernels.pooling import Pooling

# Depthwise convolutions copy so many bytes of four channels at a time, or a quarter of their rows.
_STRIP_BYTES = 2048


class DspConvolution(Convolution):
    """CONV_2D."""

    def _packed(self, op: Op) -> Packed | None:
        fields = self.fields(op)
        return dsp_layer.packed(self.layer(op), dsp_layer.run_of(fields), fields["groups"])

    def explain(self, op: Op) -> Iterator[str]:
        """See Kernel."""
        yield from super().explain(op)
        if op.output.dtype == "int8":
            yield from dsp_layer.explain(op, self._packed(op), self._rows(op))

    def variants(self, op: Op) -> tuple[Variant, ...]:
        """See Kernel."""
        return dsp_layer.variants(op, self._packed(op), self._rows(op))

    def _rows(self, op: Op) -> int | None:
        """Counts the rows of a convolution that is a dense layer."""
        return convolution.dense_rows(convolution.lying(self.fields(op)))

    def scratch_bytes(self, op: Op) -> int:
        """See Kernel."""
        if self._packed(op) is None:
            return super().scratch_bytes(op)
        return dsp_layer.scratch_of(self.fields(op))

    def distances(self, op: Op) -> Mapping[int, Distance]:
        """See Kernel."""
        if self._packed(op) is None:
            return super().distances(op)
        return dsp_layer.distances(self.fields(op))

    def emit(self, op: Op, body: Body) -> None:
        """See Kernel."""
        pack = self._packed(op)
        if pack is None:
            super().emit(op, body)
        else:
            dsp_layer.emit_convolution(op, body, pack, self.fields(op))


class DspFullyConnected(FullyConnected):
    """FULLY_CONNECTED."""

    def _packed(self, op: Op) -> Packed | None:
        return dsp_layer.packed(self.layer(op), op.input(1).shape[-1])

    def explain(self, op: Op) -> Iterator[str]:
        """See Kernel."""
        yield from super().explain(op)
        if op.output.dtype == "int8":
            yield from dsp_layer.explain(op, self._packed(op), self.rows(op))

    def variants(self, op: Op) -> tuple[Variant, ...]:
        """See Kernel."""
        return dsp_layer.variants(op, self._packed(op), self.rows(op))

    def scratch_bytes(self, op: Op) -> int:
        """See Kernel."""
        if self._packed(op) is None or self.rows(op) == 1:
            return super().scratch_bytes(op)
        return 16 * -(-op.input(1).shape[-1] // 4)

    def distances(self, op: Op) -> Mapping[int, Distance]:
        """See Kernel."""
        if self._packed(op) is None:
            return super().distances(op)
        outputs, inputs = op.input(1).shape[-2:]
        return {0: Distance(dsp_layer.rows_distance(self.rows(op), inputs, outputs))}

    def emit(self, op: Op, body: Body) -> None:
        """See Kernel."""
        pack = self._packed(op)
        if pack is None:
            super().emit(op, body)
        else:
            dsp_layer.emit_dense(op, body, pack, self.rows(op))

    def _in_fours(self, op: Op) -> Packed | None:
        """Prepares the functions for sums of some inputs, which come in fours, as outputs do."""
        outputs, inputs = op.input(1).shape[-2:]
        if outputs % BLOCK or inputs % BLOCK or math.prod(op.input(0).shape[2:]) % BLOCK:
            return None
        return self._packed(op)

    def first_sums(self, op: Op) -> np.ndarray:
        """See FullyConnected."""
        pack = self._in_fours(op)
        if pack is None:
            return super().first_sums(op)
        # Those of every second output are 256 times as large, and the one before is in them.
        sums = pack.layer.bias.astype(np.int64)
        sums[1::2] = sums[::2] + (sums[1::2] << 8)
        return arithmetic.wrap_int32(sums).astype(np.int32)

    def emit_products(self, op: Op, body: Body, some: Inputs, sums: str) -> None:
        """See FullyConnected."""
        pack = self._in_fours(op)
        if pack is None:
            super().emit_products(op, body, some, sums)
            return
        outputs, inputs = pack.layer.weights.shape
        body.call(
            "add_products_dsp",
            inputs // BLOCK,
            outputs // BLOCK,
            some.first(BLOCK),
            some.count // BLOCK,
            some.pointer,
            pack.row_constants()[0],
            f"(uint32_t *){sums}",
        )

    def emit_outputs(self, op: Op, body: Body, sums: str) -> None:
        """See FullyConnected."""
        pack = self._in_fours(op)
        if pack is None:
            super().emit_outputs(op, body, sums)
            return
        count = len(pack.layer.weights) // BLOCK
        factors = pack.row_constants()[2:]
        body.call("scale_sums_dsp", count, rounding(op), f"(uint32_t *){sums}", *factors, op.output)
        convolution.emit_clamp(op, body)


class DspDepthwiseConvolution(DepthwiseConvolution):
    """DEPTHWISE_CONV_2D."""

    def _packed(self, op: Op) -> Int8Layer | None:
        """Prepares the function for windows of 3 x 3; None if it can't compute a use of it."""
        down, across = convolution.windows(op)
        weights = op.input(1).data
        if weights is None or op.option("depth_multiplier") != 1:
            return None
        if (down.size, across.size, down.dilation, across.dilation) != (3, 3, 1, 1):
            return None
        if across.stride > 2:
            return None
        return convolution.layer_of(op, weights.reshape(9, -1).T)

    def explain(self, op: Op) -> Iterator[str]:
        """See Kernel."""
        yield from super().explain(op)
        if op.output.dtype == "int8":
            fits = self._packed(op) is not None
            yield "pairs of 16 bits (SMLAD)" if fits else "no pairs of 16 bits: not 3 x 3"

    def scratch_bytes(self, op: Op) -> int:
        """See Kernel."""
        if self._packed(op) is None:
            return super().scratch_bytes(op)
        return self._strip(op)[1]

    def _strip(self, op: Op) -> tuple[int, int]:
        """Finds how many rows of outputs are computed at a time, and how many bytes they need."""
        down, across = convolution.windows(op)
        _, out_h, out_w, channels = op.output.shape
        # A row that windows see of each channel, in 16 bits.
        row = 2 * (2 + across.stride * (out_w + out_w % 2)) * min(channels, BLOCK)
        whole = (out_h - 1) * down.stride + 3
        seen = max(_STRIP_BYTES // row, whole // BLOCK)
        strip = min(max((seen - 3) // down.stride + 1, BLOCK), out_h)
        return strip, row * ((strip - 1) * down.stride + 3)

    def may_share(self, op: Op) -> tuple[int, ...]:
        """See Kernel."""
        if self._packed(op) is None or self.distances(op)[0].least > 0:
            return super().may_share(op)
        return (0,)

    def distances(self, op: Op) -> Mapping[int, Distance]:
        """See Kernel."""
        if self._packed(op) is None:
            return super().distances(op)
        # A strip of a channel is read before it is written: then an output may lie on the same
        # channel, and only what is read for later strips and images counts.
        source, output = op.input(0), op.output
        images, _, width, channels = source.shape
        growth = (output.size - source.size) // images
        later = max(growth, (images - 1) * growth) if images > 1 else -source.size
        strip, _ = self._strip(op)
        down, _ = convolution.windows(op)
        for y in range(strip, output.shape[1], strip):
            row = max(y * down.stride - down.before + max(3 - down.stride, 0), 0)
            if row < source.shape[1]:
                # Each row of odd length writes one pixel more, except the last one.
                written = y * output.shape[2] + output.shape[2] % 2
                least = (written - row * width) * channels
                later = max(later, least + max((images - 1) * growth, 0))
        return {0: Distance(later, channels)}

    def emit(self, op: Op, body: Body) -> None:
        """See Kernel."""
        layer = self._packed(op)
        if layer is None:
            super().emit(op, body)
            return
        body.call(
            "depthwise_conv_2d_dsp",
            depthwise_convolution.shape_of(op),
            self._strip(op)[0],
            op.input(0).zero_point,
            rounding(op),
            op.input(0),
            Constant("weights", layer.weights),
            Constant("bias", layer.bias),
            Constant("multipliers", layer.multipliers),
            Constant("shifts", layer.shifts),
            Scratch("int16"),
            op.output,
        )
        convolution.emit_clamp(op, body)


class DspMaxPooling(Pooling):
    """MAX_POOL_2D."""

    def explain(self, op: Op) -> Iterator[str]:
        """See Kernel."""
        if op.output.dtype == "int8":
            yield "four channels at a time (SSUB8)" if _in_fours(op) else "less than four channels"

    def emit(self, op: Op, body: Body) -> None:
        """See Kernel."""
        if not _in_fours(op):
            super().emit(op, body)
            return
        body.call("max_pool_2d_dsp", pooling.shape_of(op), op.input(0), op.output)
        convolution.emit_clamp(op, body)

    def distances(self, op: Op) -> Mapping[int, Distance]:
        """See Kernel."""
        if not _in_fours(op):
            return super().distances(op)
        return {0: Distance(in_place.in_fours(pooling.fields_of(op), op.output.shape[3]))}


class DspPooledConvolution(PooledConvolution):
    """CONV_2D and MAX_POOL_2D in one."""

    def _words(self, op: Op) -> np.ndarray | None:
        """Packs a layer that has a function of its own; None if it has none."""
        if not pooled_convolution.is_small(op):
            return None
        return dsp_layer.windows_3x3(self.layer(op), self.map(op))

    def _packed(self, op: Op) -> Packed | None:
        """Packs any other layer; None if it does not fit."""
        return dsp_layer.packed(self.layer(op), dsp_layer.run_together(self.fields(op)))

    def explain(self, op: Op) -> Iterator[str]:
        """See Kernel."""
        yield from super().explain(op)
        if self._words(op) is not None:
            yield "pairs of 16 bits (SMLAD), four windows at a time"
        else:
            yield from dsp_layer.explain(op, self._packed(op), None)

    def scratch_bytes(self, op: Op) -> int:
        """See Kernel."""
        if self._words(op) is not None or self._packed(op) is None:
            return super().scratch_bytes(op)
        # All bytes lie where those of two windows would.
        return 24 * dsp_layer.fours(self.fields(op)) + 2 * op.output.shape[3]

    def distances(self, op: Op) -> Mapping[int, Distance]:
        """See Kernel."""
        if self._words(op) is None and self._packed(op) is None:
            return super().distances(op)
        # All that is seen is copied before an output is written.
        least = in_place.patches(self.window(op), pairs=False)
        if self._words(op) is None:
            least = max(least, self._distance_of_later_places(op))
        return {0: Distance(least)}

    def _distance_of_later_places(self, op: Op) -> int:
        """Finds the distance of what is read when outputs of the first two places are there."""
        shape, places = self.fields(op), self.places(op)
        least = 0
        for place in range(2, places["filter_h"] * places["filter_w"]):
            moved = dict(shape)
            for side, steps in zip("hw", divmod(place, places["filter_w"]), strict=True):
                moved[f"stride_{side}"] *= places[f"stride_{side}"]
                moved[f"pad_{side}"] -= steps * shape[f"stride_{side}"]
            lowest = in_place.lowest_seen(moved, shape["in_c"])
            written = (in_place.places(lowest) + 1) * shape["out_c"]
            least = max(least, in_place.distance(written, lowest))
        return least

    def emit(self, op: Op, body: Body) -> None:
        """See Kernel."""
        words, pack = self._words(op), self._packed(op)
        if words is not None:
            body.call(
                "conv_3x3_max_2x2_dsp",
                self.shape(op),
                op.input(0).zero_point,
                op.input(0),
                Constant("weights", words),
                self.patch(op),
                op.output,
            )
        elif pack is not None:
            body.call(
                "conv_2d_max_dsp",
                Struct("conv_2d", self.fields(op)),
                Struct("max_places", self.places(op)),
                op.input(0).zero_point,
                2 * self.map(op).zero_point + 1,
                op.input(0),
                *pack.constants(),
                Scratch("uint32"),
                op.output,
            )
        else:
            super().emit(op, body)
            return
        self.emit_clamp(op, body)


def _in_fours(op: Op) -> bool:
    return op.output.dtype == "int8" and op.output.shape[3] >= BLOCK


KERNELS: dict[str, Kernel] = {
    "CONV_2D": DspConvolution(),
    "CONV_2D_MAX_POOL_2D": DspPooledConvolution(),
    "DEPTHWISE_CONV_2D": DspDepthwiseConvolution(),
    "MAX_POOL_2D": DspMaxPooling(*pooling.MAX_TYPES),
    "FULLY_CONNECTED": DspFullyConnected(),
}
