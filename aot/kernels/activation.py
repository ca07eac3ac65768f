# SPDX-License-Identifier: Apache-2.0
"""RELU, RELU6, LEAKY_RELU, ELU, HARD_SWISH, LOGISTIC, TANH: activations of one input.

Sources: activations.h, leaky_relu.h, elu.cc, hard_swish.h, logistic.h, tanh.h of TFLM.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from aot import arithmetic
from aot.c_text import Body, Constant, Struct
from aot.graph import Op
from aot.kernels import common, elementwise, sigmoid_int16
from aot.kernels.elementwise import Elementwise
from aot.kernels.kernel import Kernel


class Relu(Elementwise):
    """RELU."""

    types = ("float32", "int8", "int16")

    def unsound(self, op: Op) -> Iterator[str]:
        """See Elementwise."""
        if op.output.dtype != "float32":
            yield from elementwise.check_scales(op)
            yield from elementwise.check_symmetric(op.input(0), op.output)

    def compute(self, op: Op, source: np.ndarray) -> np.ndarray:
        """See Elementwise."""
        if source.dtype == np.float32:
            return common.clamp_float(source, 0.0, math.inf)
        multiplier, shift = arithmetic.quantize_multiplier(elementwise.scale_ratio(op))
        scaled = arithmetic.requantize(elementwise.centered(source, op.input(0)), multiplier, shift)
        return elementwise.finished(scaled, op.output, op.output.zero_point)

    def emit_wide(self, op: Op, body: Body) -> None:
        """See Elementwise."""
        if op.output.dtype == "float32":
            body.call("relu_float", op.output.size, 0.0, math.inf, op.input(0), op.output)
        else:
            ratio = elementwise.scale_ratio(op)
            elementwise.emit_requantize(op, body, ratio, op.output.zero_point)


class Relu6(Elementwise):
    """RELU6. TFLM clamps to what the input's quantization says, and does not rescale."""

    types = ("float32", "int8", "int16")
    limits = "the output keeps the input's scale, as in TFLM"

    def unsound(self, op: Op) -> Iterator[str]:
        """See Elementwise."""
        if op.output.dtype != "float32":
            yield from common.check_quantized(op.input(0))

    def compute(self, op: Op, source: np.ndarray) -> np.ndarray:
        """See Elementwise."""
        if source.dtype == np.float32:
            return common.clamp_float(source, 0.0, 6.0)
        return np.clip(source, *_relu6_limits(op)).astype(source.dtype)

    def emit_wide(self, op: Op, body: Body) -> None:
        """See Elementwise."""
        if op.output.dtype == "float32":
            body.call("relu_float", op.output.size, 0.0, 6.0, op.input(0), op.output)
        else:
            body.call("relu_int16", op.output.size, *_relu6_limits(op), op.input(0), op.output)


def _relu6_limits(op: Op) -> tuple[int, int]:
    return op.input(0).zero_point, common.quantized(6.0, op.input(0))


class LeakyRelu(Elementwise):
    """LEAKY_RELU."""

    options = ("alpha",)
    types = ("float32", "int8", "int16")

    def unsound(self, op: Op) -> Iterator[str]:
        """See Elementwise."""
        if not elementwise.finite(op.options["alpha"]):
            yield f"has alpha = {op.options['alpha']}: not supported"
        elif op.output.dtype != "float32":
            found = list(elementwise.check_scales(op))
            yield from found or common.check_factor(_alpha_ratio(op))

    def compute(self, op: Op, source: np.ndarray) -> np.ndarray:
        """See Elementwise."""
        if source.dtype == np.float32:
            alpha = np.float32(op.options["alpha"])
            return np.where(source > 0, source, source * alpha)
        x = elementwise.centered(source, op.input(0))
        identity = arithmetic.quantize_multiplier(elementwise.scale_ratio(op))
        multiplier, shift = arithmetic.quantize_multiplier(_alpha_ratio(op))
        below = arithmetic.requantize(x, abs(multiplier), shift)
        below = arithmetic.wrap_int32(-below) if multiplier < 0 else below
        scaled = np.where(x >= 0, arithmetic.requantize(x, *identity), below)
        return elementwise.finished(scaled, op.output)

    def emit_wide(self, op: Op, body: Body) -> None:
        """See Elementwise."""
        source, output = op.input(0), op.output
        if output.dtype == "float32":
            alpha = float(np.float32(op.options["alpha"]))
            body.call("leaky_relu_float", output.size, alpha, source, output)
            return
        multiplier, shift = arithmetic.quantize_multiplier(elementwise.scale_ratio(op))
        alpha_multiplier, alpha_shift = arithmetic.quantize_multiplier(_alpha_ratio(op))
        how = Struct(
            "leaky_relu",
            {
                "in_zero_point": source.zero_point,
                "out_zero_point": output.zero_point,
                "multiplier": multiplier,
                "shift": shift,
                "alpha_multiplier": abs(alpha_multiplier),
                "alpha_shift": alpha_shift,
                "alpha_is_negative": int(alpha_multiplier < 0),
            },
        )
        body.call("leaky_relu_int16", output.size, how, source, output)


def _alpha_ratio(op: Op) -> float:
    """The factor of what is below 0: see elementwise.scale_ratio."""
    return op.input(0).scale * float(np.float32(op.options["alpha"])) / op.output.scale


class Elu(Elementwise):
    """ELU."""

    types = ("float32", "int8")

    def unsound(self, op: Op) -> Iterator[str]:
        """See Elementwise."""
        if op.output.dtype == "int8":
            yield from common.check_rescaled(op.input(0), to=op.output)

    def compute(self, op: Op, source: np.ndarray) -> np.ndarray:
        """See Elementwise."""
        if source.dtype == np.float32:
            return np.where(source < 0, arithmetic.rounded(np.expm1, source), source)
        # All in floats, as TFLM makes its table.
        real = np.float32(op.input(0).scale) * elementwise.centered(source, op.input(0)).astype(
            np.float32
        )
        real = np.where(real < 0, arithmetic.rounded(np.exp, real) - np.float32(1), real)
        steps = arithmetic.round_floats(real * (np.float32(1) / np.float32(op.output.scale)))
        whole = arithmetic.to_int32(steps + np.float32(op.output.zero_point))
        return np.clip(whole, -128, 127).astype(np.int8)

    def emit_wide(self, op: Op, body: Body) -> None:
        """See Elementwise."""
        elementwise.emit_map(op, body, "elu_float")


class HardSwish(Elementwise):
    """HARD_SWISH."""

    types = ("float32", "int8")
    limits = "int8: the output's scale is at least 1/128 of the input's"

    def unsound(self, op: Op) -> Iterator[str]:
        """See Elementwise."""
        if op.output.dtype != "int8":
            return
        found = list(common.check_rescaled(op.input(0), to=op.output))
        yield from found
        if found:
            return
        to_output, to_unit = _hard_swish_factors(op)
        if to_output[1] > 0:
            yield "has an output whose scale is below 1/128 of its input's: not supported"
        if to_unit[1] > 31:
            yield f"has an input whose scale is {op.input(0).scale:g}: too large"

    def compute(self, op: Op, source: np.ndarray) -> np.ndarray:
        """See Elementwise."""
        if source.dtype == np.float32:
            clamped = common.clamp_float(source + np.float32(3), 0.0, 6.0)
            return source * clamped / np.float32(6)
        (to_output, down), (to_unit, exponent) = _hard_swish_factors(op)
        fine = elementwise.centered(source, op.input(0)) * 128
        scaled = _multiply_int16(fine, to_output)
        # From -3 to 3 as -1 to 1, saturated; the last bit to the left comes after the product.
        unit = _saturate_int16(fine << max(exponent - 1, 0))
        unit = _multiply_int16(unit, to_unit)
        unit = _saturate_int16(unit << 1) if exponent > 0 else _shift_right_int16(unit, -exponent)
        # From 0 to 1.
        unit = (unit + (1 << 15)) >> 1
        product = unit * scaled
        # Towards zero, as C divides.
        towards_zero = np.where(product < 0, -(-product >> 15), product >> 15)
        made = _shift_right_int16(towards_zero, -down)
        return np.clip(made + op.output.zero_point, -128, 127).astype(np.int8)

    def emit_wide(self, op: Op, body: Body) -> None:
        """See Elementwise."""
        elementwise.emit_map(op, body, "hard_swish_float")


def _hard_swish_factors(op: Op) -> tuple[tuple[int, int], tuple[int, int]]:
    """Finds multipliers of 16 bits and shifts: to the output's scale, and of 3 to 2^15."""

    def split(factor: float) -> tuple[int, int]:
        multiplier, shift = arithmetic.quantize_multiplier(factor)
        return min((multiplier + (1 << 15)) >> 16, (1 << 15) - 1), shift

    # See elementwise.scale_ratio.
    fine = op.input(0).scale / 128
    return split(fine / op.output.scale), split(fine / (3 / 32768))


def _saturate_int16(x: np.ndarray) -> np.ndarray:
    return np.clip(x, -(1 << 15), (1 << 15) - 1)


def _multiply_int16(a: np.ndarray, b: int) -> np.ndarray:
    """Gemmlowp's SaturatingRoundingDoublingHighMul of 16 bits, b not below 0."""
    return (a * b + (1 << 14)) >> 15


def _shift_right_int16(x: np.ndarray, exponent: int) -> np.ndarray:
    """Gemmlowp's RoundingDivideByPOT of 16 bits: from exponent 16 on its mask has all bits set."""
    if exponent < 16:
        return arithmetic.rounding_shift_right(x, exponent)
    return np.where(x < 0, -1, 1)


class Sigmoid(Elementwise):
    """LOGISTIC and TANH. TFLM checks the output's scale with int16, and ignores it with int8."""

    types = ("float32", "int8", "int16")

    def __init__(self, limits: str) -> None:
        """Makes one of them.

        Args:
          limits: see Kernel.
        """
        self.limits = limits

    def unsound(self, op: Op) -> Iterator[str]:
        """See Elementwise."""
        if op.output.dtype == "float32":
            return
        found = list(common.check_quantized(op.input(0), op.output, zero=True))
        yield from found
        if found:
            return
        source, output = op.input(0), op.output
        if output.dtype == "int8":
            if not 0 <= _sigmoid_scaling(op)[1] <= 62:
                yield f"has an input whose scale is {source.scale:g}: not supported"
            if op.kind == "LOGISTIC" and output.zero_point != -128:
                yield f"has an output whose zero point is {output.zero_point}, not -128"
            return
        yield from elementwise.check_symmetric(source, output)
        if sigmoid_int16.scaling(source.scale, _exact_shifts(op)) is None:
            size = "large" if source.scale > 1 else "small"
            yield (
                f"has an input whose scale is {source.scale:g}, too {size}:"
                " the result is not defined"
            )
        if sigmoid_int16.power_of_two(output.scale) != -15:
            yield f"has an output whose scale is {output.scale:g}, not 1/32768"

    def compute(self, op: Op, source: np.ndarray) -> np.ndarray:
        """See Elementwise."""
        logistic = op.kind == "LOGISTIC"
        if source.dtype == np.float32:
            return _logistic(source) if logistic else arithmetic.rounded(np.tanh, source)
        if source.dtype == np.int16:
            function = sigmoid_int16.logistic if logistic else sigmoid_int16.tanh
            return function(source, *_int16_scaling(op))
        multiplier, shift, radius = _sigmoid_scaling(op)
        x = elementwise.centered(source, op.input(0))
        scaled = arithmetic.requantize(x, multiplier, min(shift, 30))
        if logistic:
            made = arithmetic.logistic(scaled, _INTEGER_BITS)
            made = arithmetic.rounding_shift_right(made, 31 - 8) - 128
        else:
            made = arithmetic.rounding_shift_right(arithmetic.tanh(scaled, _INTEGER_BITS), 31 - 7)
        made = np.where(x >= radius, 127, np.clip(made, -128, 127))
        return np.where(x <= -radius, -128, made).astype(np.int8)

    def emit_wide(self, op: Op, body: Body) -> None:
        """See Elementwise."""
        name = op.kind.lower()
        if op.output.dtype == "float32":
            elementwise.emit_map(op, body, "logistic_float" if name == "logistic" else "tanhf")
            return
        body.call(
            f"{name}_int16",
            op.output.size,
            *_int16_scaling(op),
            Constant("table", sigmoid_int16.table()),
            op.input(0),
            op.output,
        )


# Of what gemmlowp's functions take.
_INTEGER_BITS = 4


def _sigmoid_scaling(op: Op) -> tuple[int, int, int]:
    """Finds how int8 is scaled.

    Returns:
      (multiplier, left shift, from which input on the function is at its end).
    """
    multiplier, shift = arithmetic.quantize_multiplier(op.input(0).scale * (1 << 27))
    radius = math.floor(15 * (1 << 27) / 2.0**shift)
    return multiplier, shift, radius


def _exact_shifts(op: Op) -> tuple[int, ...]:
    return (0,) if op.kind == "LOGISTIC" else (0, 1)


def _int16_scaling(op: Op) -> tuple[int, int]:
    found = sigmoid_int16.scaling(op.input(0).scale, _exact_shifts(op))
    assert found is not None
    return found


def _logistic(values: np.ndarray) -> np.ndarray:
    """TFLM's logistic function of floats: 1 and exp(x) where they are as good."""
    one = np.float32(1)
    with np.errstate(over="ignore"):
        middle = one / (one + arithmetic.rounded(np.exp, -values))
        low = arithmetic.rounded(np.exp, values)
    result = np.where(values < np.float32(-9), low, middle)
    return np.where(values > np.float32(16.619047164916992188), one, result)


_SIGMOID_INT16 = "int16: zero points are 0, the output's scale is 1/32768"

KERNELS: dict[str, Kernel] = {
    "ELU": Elu(),
    "HARD_SWISH": HardSwish(),
    "LEAKY_RELU": LeakyRelu(),
    "LOGISTIC": Sigmoid(f"int8: the output's zero point is -128; {_SIGMOID_INT16}"),
    "RELU": Relu(),
    "RELU6": Relu6(),
    "TANH": Sigmoid(_SIGMOID_INT16),
}
