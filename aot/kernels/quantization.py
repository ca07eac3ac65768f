# SPDX-License-Identifier: Apache-2.0
"""QUANTIZE, DEQUANTIZE. Sources: quantize.h, requantize.h, dequantize.h of TFLM."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from aot import arithmetic
from aot.c_text import Body
from aot.graph import Op
from aot.kernels import common, elementwise
from aot.kernels.elementwise import Elementwise
from aot.kernels.kernel import Kernel


class Quantize(Elementwise):
    """QUANTIZE.

    TFLM leaves it to the compiler what becomes of floats that are no number or beyond 2^31 steps:
    here they saturate, and what is not a number becomes the lowest integer.
    """

    types = (
        ("float32", "int8"),
        ("float32", "int16"),
        ("int8", "int8"),
        ("int8", "uint8"),
        ("int8", "int16"),
        ("int8", "int32"),
        ("uint8", "int8"),
        ("int16", "int8"),
        ("int16", "int16"),
        ("int16", "int32"),
        ("int32", "int8"),
        ("int32", "int16"),
    )

    def unsound(self, op: Op) -> Iterator[str]:
        """See Elementwise."""
        if op.input(0).dtype == "float32":
            yield from common.check_quantized(op.output)
        else:
            yield from elementwise.check_scales(op)

    def compute(self, op: Op, source: np.ndarray) -> np.ndarray:
        """See Elementwise."""
        output = op.output
        if source.dtype == np.float32:
            limits = np.iinfo(output.dtype)
            steps = arithmetic.round_floats(source / np.float32(output.scale))
            low, high = limits.min - output.zero_point, limits.max - output.zero_point
            # TFLM converts NaN to the lowest integer, to which a zero point below 0 can't be added.
            unordered = high if output.zero_point < 0 else low
            steps = np.where(steps > low, steps, np.where(steps <= low, low, unordered))
            steps = np.where(steps < high, steps, high)
            return (steps.astype(np.int64) + output.zero_point).astype(output.dtype)
        multiplier, shift = arithmetic.quantize_multiplier(elementwise.scale_ratio(op))
        x = elementwise.centered(source, op.input(0))
        return elementwise.finished(arithmetic.requantize(x, multiplier, shift), output)

    def emit_wide(self, op: Op, body: Body) -> None:
        """See Elementwise."""
        output = op.output
        if op.input(0).dtype != "float32":
            elementwise.emit_requantize(op, body, elementwise.scale_ratio(op))
            return
        body.call(
            "quantize_float",
            output.size,
            np.dtype(output.dtype).itemsize,
            output.scale,
            common.limits_of(output),
            op.input(0),
            output,
        )


class Dequantize(Elementwise):
    """DEQUANTIZE. Constants of float16 are float32 already."""

    types = (
        ("int8", "float32"),
        ("uint8", "float32"),
        ("int16", "float32"),
        ("float32", "float32"),
    )
    limits = "float32 stands for constants of float16"

    def unsound(self, op: Op) -> Iterator[str]:
        """See Elementwise."""
        source = op.input(0)
        if source.dtype != "float32":
            yield from common.check_quantized(source, zero=True)
        elif not source.is_constant:
            yield "has an input of floats that is not constant: not supported"

    def compute(self, op: Op, source: np.ndarray) -> np.ndarray:
        """See Elementwise."""
        if source.dtype == np.float32:
            return source.copy()
        # Exact before it is rounded, as TFLM's product of doubles is.
        steps = elementwise.centered(source, op.input(0)).astype(np.float32)
        return steps * np.float32(op.input(0).scale)

    def emit_wide(self, op: Op, body: Body) -> None:
        """See Elementwise."""
        source, output = op.input(0), op.output
        if source.dtype == "float32":
            body.copy(source, output)
            return
        how = (output.size, source.scale, source.zero_point)
        if source.dtype == "uint8":
            body.call("dequantize_uint8", *how, source, output)
        else:
            size = np.dtype(source.dtype).itemsize
            body.call("dequantize_integers", *how, size, source, output)


KERNELS: dict[str, Kernel] = {
    "DEQUANTIZE": Dequantize(),
    "QUANTIZE": Quantize(),
}
