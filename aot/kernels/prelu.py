# SPDX-License-Identifier: Apache-2.0
"""PRELU, with broadcasting. Sources: reference/prelu.h, prelu_common.cc of TFLM."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from aot import arithmetic
from aot.c_text import Body, Struct
from aot.graph import Op
from aot.kernels import common, elementwise
from aot.kernels.broadcasting import Broadcasting
from aot.kernels.kernel import Kernel

# Of TFLM's loops over floats.
_MAX_FLOAT_RANK = 4


class Prelu(Broadcasting):
    """PRELU. The second input are the slopes."""

    tabulated = True
    types = ("float32", "int8", ("int16", "int8", "int16"))
    operands = ("input", "slopes")
    limits = "float32: up to 4 dimensions"

    def check_more(self, op: Op) -> Iterator[str]:
        """See Broadcasting."""
        if op.output.dtype == "float32":
            rank = max(len(v.shape) for v in (op.input(0), op.input(1), op.output))
            if rank > _MAX_FLOAT_RANK:
                yield f"has floats of {rank} dimensions: not supported"
            return
        found = list(common.check_rescaled(op.input(0), op.input(1), to=op.output))
        yield from found or [r for f in _factors(op) for r in common.check_factor(f)]

    def compute(self, op: Op, *inputs: np.ndarray) -> np.ndarray:
        """See Broadcasting."""
        source, slopes = inputs
        if op.output.dtype == "float32":
            return np.where(source >= 0, source, source * slopes)
        above, below = (arithmetic.quantize_multiplier(f) for f in _factors(op))
        x = elementwise.centered(source, op.input(0))
        product = x * elementwise.centered(slopes, op.input(1))
        scaled = np.where(
            x >= 0, arithmetic.requantize(x, *above), arithmetic.requantize(product, *below)
        )
        return elementwise.finished(scaled, op.output)

    def expression(self, op: Op, body: Body, *elements: str) -> str:
        """See Broadcasting."""
        if op.output.dtype == "float32":
            body.use("prelu_float")
            return f"prelu_float({', '.join(elements)})"
        above, below = (arithmetic.quantize_multiplier(f) for f in _factors(op))
        how = Struct(
            "prelu",
            {
                "zero_point": op.input(0).zero_point,
                "multiplier": above[0],
                "shift": above[1],
                "slope_zero_point": op.input(1).zero_point,
                "slope_multiplier": below[0],
                "slope_shift": below[1],
            },
        )
        body.use("prelu_integer")
        arguments = [body.argument(how), body.argument(common.limits_of(op.output)), *elements]
        return f"({op.output.dtype}_t)prelu_integer({', '.join(arguments)})"


def _factors(op: Op) -> tuple[float, float]:
    """The factors of inputs from 0 on, and of products of inputs below 0 and slopes."""
    source, slopes, output = op.input(0), op.input(1), op.output
    return source.scale / output.scale, source.scale * slopes.scale / output.scale


KERNELS: dict[str, Kernel] = {
    "PRELU": Prelu(),
}
