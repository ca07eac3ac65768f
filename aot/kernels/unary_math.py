# SPDX-License-Identifier: Apache-2.0
"""ABS, CEIL, COS, EXP, FLOOR, LOG, NEG, ROUND, RSQRT, SIN, SQRT, SQUARE. Source: elementwise.cc."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterator

import numpy as np

from aot import arithmetic
from aot.c_text import Body
from aot.graph import Op
from aot.kernels import common, elementwise
from aot.kernels.elementwise import Elementwise
from aot.kernels.kernel import Kernel

# The factor 1.
_UNCHANGED = (1 << 30, 1)
# RSQRT keeps so many bits of what it makes of the input alone.
_RSQRT_BITS = 20


@dataclasses.dataclass(frozen=True)
class FloatFunction(Elementwise):
    """An operator of floats alone.

    Attributes:
      function: what it is in numpy.
      c: what it is in C.
    """

    function: Callable[[np.ndarray], np.ndarray]
    c: str

    types = ("float32",)

    def compute(self, op: Op, source: np.ndarray) -> np.ndarray:
        """See Elementwise."""
        return self.function(source)

    def emit_wide(self, op: Op, body: Body) -> None:
        """See Elementwise."""
        elementwise.emit_map(op, body, self.c)


class Abs(Elementwise):
    """ABS."""

    types = ("float32", "int8", "int16")
    limits = "int16 with a scale: zero points are 0"

    def unsound(self, op: Op) -> Iterator[str]:
        """See Elementwise."""
        if op.output.dtype == "int8" or _is_quantized_int16(op):
            # TFLM does not rescale between equal scales: it divides by none.
            if op.input(0).scales == op.output.scales:
                yield from common.check_quantized(op.input(0), op.output, zero=True)
            else:
                yield from elementwise.check_scales(op)
            yield from elementwise.check_symmetric(op.input(0), op.output)

    def compute(self, op: Op, source: np.ndarray) -> np.ndarray:
        """See Elementwise."""
        if source.dtype == np.float32 or not op.input(0).scales:
            # Of int16 without a scale -32768 stays what it is.
            return np.abs(source)
        size = np.abs(elementwise.centered(source, op.input(0)))
        return elementwise.finished(arithmetic.requantize(size, *_abs_factor(op)), op.output)

    def emit_wide(self, op: Op, body: Body) -> None:
        """See Elementwise."""
        if op.output.dtype == "float32":
            elementwise.emit_map(op, body, "fabsf")
            return
        highest = None if _is_quantized_int16(op) else 1 << 15
        limits = common.limits_of(op.output, highest=highest)
        factor = _abs_factor(op)
        body.call("abs_int16", op.output.size, *factor, limits, op.input(0), op.output)


def _is_quantized_int16(op: Op) -> bool:
    return op.input(0).dtype == "int16" and op.input(0).quantization is not None


def _abs_factor(op: Op) -> tuple[int, int]:
    if op.input(0).scale == op.output.scale or not op.input(0).scales:
        return _UNCHANGED
    return arithmetic.quantize_multiplier(elementwise.scale_ratio(op))


class Rsqrt(Elementwise):
    """RSQRT. TFLM stops at integers below 0; here they give the highest output, as 0 does."""

    types = ("float32", "int8", "int16")
    limits = "int16: zero points are 0"

    def unsound(self, op: Op) -> Iterator[str]:
        """See Elementwise."""
        if op.output.dtype == "float32":
            return
        found = list(common.check_quantized(op.input(0), op.output))
        yield from found
        if found:
            return
        yield from elementwise.check_symmetric(op.input(0), op.output)
        factor = _rsqrt_factor(op)
        if not -31 <= _rsqrt_shift(factor) <= 30:
            yield (
                f"has the scales {op.input(0).scale:g} and {op.output.scale:g}:"
                " too far from each other"
            )

    def compute(self, op: Op, source: np.ndarray) -> np.ndarray:
        """See Elementwise."""
        if source.dtype == np.float32:
            return np.float32(1) / np.sqrt(source)
        x = elementwise.centered(source, op.input(0))
        multipliers, shifts = arithmetic.inverse_square_root(x)
        root = arithmetic.requantize(np.ones_like(x), multipliers, shifts + _RSQRT_BITS)
        factor = _rsqrt_factor(op)
        multiplier, _ = arithmetic.quantize_multiplier(factor)
        scaled = arithmetic.requantize(root, multiplier, _rsqrt_shift(factor))
        highest = np.iinfo(op.output.dtype).max
        made = np.where(x <= 0, highest, elementwise.finished(scaled, op.output))
        return made.astype(op.output.dtype)

    def emit_wide(self, op: Op, body: Body) -> None:
        """See Elementwise."""
        if op.output.dtype == "float32":
            elementwise.emit_map(op, body, "rsqrt_float")
            return
        factor = _rsqrt_factor(op)
        multiplier, _ = arithmetic.quantize_multiplier(factor)
        shift = _rsqrt_shift(factor)
        body.call("rsqrt_int16", op.output.size, multiplier, shift, op.input(0), op.output)


def _rsqrt_factor(op: Op) -> float:
    """The factor of 1 / sqrt(input) for the output: see elementwise.scale_ratio."""
    return 1.0 / (math.sqrt(op.input(0).scale) * op.output.scale)


def _rsqrt_shift(factor: float) -> int:
    return arithmetic.quantize_multiplier(factor)[1] - _RSQRT_BITS


def _rounded(function: Callable[[np.ndarray], np.ndarray]) -> Callable[[np.ndarray], np.ndarray]:
    return lambda values: arithmetic.rounded(function, values)


def _round_half_even(values: np.ndarray) -> np.ndarray:
    """TFLM's RoundToNearest: unlike C's rintf it makes 0 of what is just below 0."""
    floor = np.floor(values)
    part = values - floor
    down = (part < 0.5) | ((part == 0.5) & (floor % 2 == 0))
    return np.where(down, floor, floor + np.float32(1))


KERNELS: dict[str, Kernel] = {
    "ABS": Abs(),
    "CEIL": FloatFunction(np.ceil, "ceilf"),
    "COS": FloatFunction(_rounded(np.cos), "cosf"),
    "EXP": FloatFunction(_rounded(np.exp), "expf"),
    "FLOOR": FloatFunction(np.floor, "floorf"),
    "LOG": FloatFunction(_rounded(np.log), "logf"),
    "NEG": FloatFunction(np.negative, "negate_float"),
    "ROUND": FloatFunction(_round_half_even, "round_half_even_float"),
    "RSQRT": Rsqrt(),
    "SIN": FloatFunction(_rounded(np.sin), "sinf"),
    "SQRT": FloatFunction(np.sqrt, "sqrtf"),
    "SQUARE": FloatFunction(np.square, "square_float"),
}
