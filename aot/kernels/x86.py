# SPDX-License-Identifier: Apache-2.0
"""Kernels for x86-64 with AVX2 or AVX-512 VNNI, which the C chooses where it runs.

They mean what those of all cores mean, which compute what these can't.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from aot.c_text import Body
from aot.graph import Op
from aot.kernels import common, convolution, depthwise_convolution, pooling, x86_layer
from aot.kernels.broadcasting import Row
from aot.kernels.convolution import Convolution
from aot.kernels.depthwise_convolution import DepthwiseConvolution
from aot.kernels.elementwise_arithmetic import Sum
from aot.kernels.fully_connected import FullyConnected
from aot.kernels.int8_layer import Int8Layer
from aot.kernels.kernel import Kernel
from aot.kernels.pooling import Pooling
from aot.kernels.x86_layer import Packed


class X86Convolution(Convolution):
    """CONV_2D."""

    def _problem(self, op: Op) -> str:
        """Says why the functions for x86-64 can't compute a use of it: "" if they can."""
        fields = self.fields(op)
        if fields["groups"] != 1:
            return "groups"
        if x86_layer.plane_of(fields).bytes >= common.INDEX_END:
            return "borders that are too large"
        return x86_layer.problem(self.layer(op))

    def _packed(self, op: Op) -> Packed | None:
        if self._problem(op):
            return None
        run = x86_layer.run_of(self.fields(op))
        return x86_layer.packed(self.layer(op), run, op.output.zero_point)

    def explain(self, op: Op) -> Iterator[str]:
        """See Kernel."""
        yield from super().explain(op)
        if op.output.dtype == "int8":
            yield from x86_layer.explain(self._problem(op))

    def scratch_bytes(self, op: Op) -> int:
        """See Kernel."""
        if self._packed(op) is None:
            return super().scratch_bytes(op)
        return x86_layer.scratch_of(self.fields(op))

    def emit(self, op: Op, body: Body) -> None:
        """See Kernel."""
        pack = self._packed(op)
        if pack is None:
            super().emit(op, body)
        else:
            x86_layer.emit_convolution(op, body, pack, self.fields(op))


class X86DepthwiseConvolution(DepthwiseConvolution):
    """DEPTHWISE_CONV_2D. Of one channel it is a convolution like others."""

    def _folded(self, op: Op) -> Int8Layer | None:
        weights = op.input(1).data
        if weights is None:
            return None
        return convolution.layer_of(op, weights.reshape(-1, weights.shape[3]).T)

    def _problem(self, op: Op) -> str:
        """Says why the functions for x86-64 can't compute a use of it: "" if they can."""
        fields = depthwise_convolution.fields_of(op)
        if fields["in_c"] == 1:
            needed = x86_layer.scratch_of(fields)
        elif op.option("depth_multiplier") != 1:
            return "several outputs of a channel"
        else:
            needed = x86_layer.depthwise_scratch(fields)
        if needed >= common.INDEX_END:
            return "borders that are too large"
        return x86_layer.problem(self._folded(op))

    def explain(self, op: Op) -> Iterator[str]:
        """See Kernel."""
        yield from super().explain(op)
        if op.output.dtype == "int8":
            yield from x86_layer.explain(self._problem(op))

    def scratch_bytes(self, op: Op) -> int:
        """See Kernel."""
        if self._problem(op):
            return super().scratch_bytes(op)
        fields = depthwise_convolution.fields_of(op)
        if fields["in_c"] == 1:
            return x86_layer.scratch_of(fields)
        return x86_layer.depthwise_scratch(fields)

    def emit(self, op: Op, body: Body) -> None:
        """See Kernel."""
        layer = self._folded(op)
        if layer is None or self._problem(op):
            super().emit(op, body)
            return
        fields = depthwise_convolution.fields_of(op)
        if fields["in_c"] != 1:
            x86_layer.emit_depthwise(op, body, layer, fields)
            return
        pack = x86_layer.packed(layer, x86_layer.run_of(fields), op.output.zero_point)
        assert pack is not None
        x86_layer.emit_convolution(op, body, pack, fields)


class X86FullyConnected(FullyConnected):
    """FULLY_CONNECTED."""

    def _packed(self, op: Op) -> Packed | None:
        return x86_layer.packed(self.layer(op), op.input(1).shape[-1], op.output.zero_point)

    def explain(self, op: Op) -> Iterator[str]:
        """See Kernel."""
        yield from super().explain(op)
        if op.output.dtype == "int8":
            yield from x86_layer.explain(x86_layer.problem(self.layer(op)))

    def scratch_bytes(self, op: Op) -> int:
        """See Kernel."""
        if self._packed(op) is None:
            return super().scratch_bytes(op)
        return x86_layer.dense_scratch(self.rows(op), op.input(1).shape[-1])

    def emit(self, op: Op, body: Body) -> None:
        """See Kernel."""
        pack = self._packed(op)
        if pack is None:
            super().emit(op, body)
        else:
            x86_layer.emit_dense(op, body, pack, self.rows(op), op.input(1).shape[-1])


class X86Sum(Sum):
    """ADD and SUB."""

    def row(self, op: Op) -> Row | None:
        """See Broadcasting."""
        found = super().row(op)
        if found is None or op.output.dtype != "int8":
            return found
        return dataclasses.replace(found, function="scaled_sum_x86")

    def explain(self, op: Op) -> Iterator[str]:
        """See Kernel."""
        if op.output.dtype == "int8":
            yield "16 at a time (VPMULDQ), 8, or one, as the CPU has it; broadcast ones one by one"


class X86Pooling(Pooling):
    """AVERAGE_POOL_2D and MAX_POOL_2D."""

    def explain(self, op: Op) -> Iterator[str]:
        """See Kernel."""
        if op.output.dtype == "int8":
            yield "16 channels at a time, or C, as the CPU has it"

    def emit(self, op: Op, body: Body) -> None:
        """See Kernel."""
        if op.output.dtype != "int8":
            super().emit(op, body)
            return
        limits = common.integer_activation(op)
        function = f"{op.kind.lower()}_x86"
        body.call(function, pooling.shape_of(op), *limits, op.input(0), op.output)


KERNELS: dict[str, Kernel] = {
    "ADD": X86Sum(1),
    "AVERAGE_POOL_2D": X86Pooling(*pooling.AVERAGE_TYPES),
    "CONV_2D": X86Convolution(),
    "DEPTHWISE_CONV_2D": X86DepthwiseConvolution(),
    "FULLY_CONNECTED": X86FullyConnected(),
    "MAX_POOL_2D": X86Pooling(*pooling.MAX_TYPES),
    "SUB": X86Sum(-1),
}
