# SPDX-License-Identifier: Apache-2.0
"""Kernels for x86-64 with AVX2 or AVX-512 VNNI, which the C chooses where it runs.

They mean what those of all cores mean, which compute what these can't.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Sequence

import numpy as np

from aot.c_text import Body, Constant, Scratch, Struct
from aot.graph import Op
from aot.kernels import (
    common,
    convolution,
    depthwise_convolution,
    pooled_convolution,
    pooling,
    softmax,
    x86_layer,
)
from aot.kernels.broadcasting import Row
from aot.kernels.convolution import Convolution
from aot.kernels.depthwise_convolution import DepthwiseConvolution
from aot.kernels.elementwise_arithmetic import Sum
from aot.kernels.fully_connected import FullyConnected
from aot.kernels.int8_layer import Int8Layer
from aot.kernels.kernel import Kernel
from aot.kernels.pooled_convolution import PooledConvolution
from aot.kernels.pooling import Pooling
from aot.kernels.softmax import Softmax
from aot.kernels.x86_layer import Packed, Plane

# Windows that functions compute at a time.
_PLACES = 8
_SIDES = ("in", "out", "pad")


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


class X86PooledConvolution(PooledConvolution):
    """CONV_2D and MAX_POOL_2D."""

    convolution = X86Convolution()

    def _plane(self, op: Op) -> Plane:
        fields = pooled_convolution.fields_of(op)
        whole = {f"{name}_{side}": fields[f"{name}_{side}"] for side in "hw" for name in _SIDES}
        whole |= {f"stride_{side}": fields[f"step_{side}"] for side in "hw"}
        whole |= {f"filter_{side}": fields[f"seen_{side}"] for side in "hw"}
        whole |= {"dilation_h": 1, "dilation_w": 1, "in_c": fields["in_c"]}
        return x86_layer.plane_of(whole)

    def _problem(self, op: Op) -> str:
        """Says why the functions for x86-64 can't compute a use of it: "" if they can."""
        layer, pool = pooled_convolution.parts(op)
        if math.prod(one.size for one in pooling.windows(pool)) > _PLACES:
            return f"more than {_PLACES} places"
        if self._plane(op).bytes >= common.INDEX_END:
            return "borders that are too large"
        return x86_layer.problem(pooled_convolution.layer_of(layer))

    def explain(self, op: Op) -> Iterator[str]:
        """See Kernel."""
        layer, _ = pooled_convolution.parts(op)
        yield from convolution.KERNELS["CONV_2D"].explain(layer)
        yield from x86_layer.explain(self._problem(op))
        yield "the largest sums are scaled"

    def scratch_bytes(self, op: Op) -> int:
        """See Kernel."""
        return super().scratch_bytes(op) if self._problem(op) else self._plane(op).bytes

    def emit(self, op: Op, body: Body) -> None:
        """See Kernel."""
        layer, pool = pooled_convolution.parts(op)
        prepared = pooled_convolution.layer_of(layer)
        if prepared is None or self._problem(op):
            super().emit(op, body)
            return
        fields, plane = pooled_convolution.fields_of(op), self._plane(op)
        down, across = convolution.windows(layer)
        rows, columns = pooling.windows(pool)
        channels = fields["in_c"]
        small = pooled_convolution.is_small(op)
        run = across.size * channels
        zero_point = layer.output.zero_point
        if small:
            pack = x86_layer.packed_pairs(prepared, zero_point)
        else:
            found = x86_layer.packed(prepared, run, zero_point)
            assert found is not None
            pack = found
        places: dict[str, int | float | Sequence[int]] = {
            "batches": fields["batches"],
            "out_h": fields["out_h"],
            "out_w": fields["out_w"],
            "next_row": fields["step_h"] * plane.line,
            "next_column": fields["step_w"] * channels,
            "rows": rows.size,
            "columns": columns.size,
            "next_place_row": down.stride * plane.line,
            "next_place": across.stride * channels,
            "plane": plane.fields,
        }
        body.call(
            "conv_3x3_max_2x2_x86" if small else "conv_2d_max_x86",
            Struct("max_places_x86", places),
            x86_layer.dense(
                layer,
                pack.outputs,
                rows=down.size,
                segments=1,
                run=run,
                steps=(down.dilation * plane.line, 0),
                limits=pooled_convolution.limits(op),
            ),
            layer.input(0).zero_point,
            layer.input(0),
            *pack.constants(),
            Scratch("int8"),
            op.output,
        )


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
        said = list(super().explain(op))
        if not said and op.output.dtype == "int8":
            if self.row(op) is None:
                said = ["one by one: its scales are too far apart"]
            elif self.row_that_runs(op) is None:
                said = ["one by one: a number of one input is for several"]
            else:
                said = ["16 at a time (VPMULDQ), 8, or one, as the CPU has it"]
        yield from said


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


class X86Softmax(Softmax):
    """SOFTMAX: of int8 there are 256 exponentials, which are a table here."""

    def explain(self, op: Op) -> Iterator[str]:
        """See Kernel."""
        if op.input(0).dtype == "int8":
            yield "exponentials from a table of 1024 bytes"

    def emit(self, op: Op, body: Body) -> None:
        """See Kernel."""
        if op.input(0).dtype != "int8":
            super().emit(op, body)
            return
        table = Constant("exponentials", softmax.every_exponential(op))
        size = np.dtype(op.output.dtype).itemsize
        body.call("softmax_x86", *softmax.rows_of(op), table, size, op.input(0), op.output)


KERNELS: dict[str, Kernel] = {
    "ADD": X86Sum(1),
    "AVERAGE_POOL_2D": X86Pooling(*pooling.AVERAGE_TYPES),
    "CONV_2D": X86Convolution(),
    "CONV_2D_MAX_POOL_2D": X86PooledConvolution(),
    "DEPTHWISE_CONV_2D": X86DepthwiseConvolution(),
    "FULLY_CONNECTED": X86FullyConnected(),
    "MAX_POOL_2D": X86Pooling(*pooling.MAX_TYPES),
    "SOFTMAX": X86Softmax(),
    "SUB": X86Sum(-1),
}
