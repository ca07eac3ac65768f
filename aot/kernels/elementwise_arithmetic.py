# SPDX-License-Identifier: Apache-2.0
"""Sums, products, quotients and extremes of two tensors, with broadcasting; sums of several.

Sources: micro/kernels/{add,sub,mul,div,maximum_minimum,squared_difference,floor_div,floor_mod,
add_n}.cc and the files of their names in internal/reference{,/integer_ops} of TFLM.
"""

from __future__ import annotations

import abc
import math
from collections.abc import Iterator

import numpy as np

from aot import arithmetic, c_text
from aot.c_text import Body, Struct
from aot.graph import Op, Value
from aot.kernels import common
from aot.kernels.broadcasting import Broadcasting, Row
from aot.kernels.kernel import Kernel

_ACTIVATION = "fused_activation_function"
_QUANTIZED = ("int8", "int16")
_INT32 = np.iinfo(np.int32)
# How products are shifted in sums. With 32, that is their upper half; int16 has no room for it.
_SUM_BITS = {"int8": 32, "int16": 31}
# What TFLM's arithmetic can shift to the left by.
_MAX_SHIFT = 30


def _double(value: float) -> float:
    """A float32 in double precision."""
    return float(np.float32(value))


def _check_factor(factor: float) -> Iterator[str]:
    """Checks a factor of requantization: yields reasons why not."""
    if not math.isfinite(factor) or arithmetic.quantize_multiplier(factor)[1] > _MAX_SHIFT:
        yield f"has scales with the factor {factor:.6g}: not supported"


def _limits(op: Op) -> tuple[int, int]:
    """Finds the lowest and the highest output of integers with a scale."""
    if _ACTIVATION in op.options:
        return common.integer_activation(op)
    limits = np.iinfo(op.output.dtype)
    return limits.min, limits.max


def _to_output(op: Op) -> Struct:
    """Makes the parameters by which scaled integers become outputs."""
    return common.limits_of(op.output, *_limits(op))


def _output(op: Op, scaled: np.ndarray) -> np.ndarray:
    """Adds the zero point and clamps: the output of scaled integers of 32 bits."""
    return np.clip(arithmetic.wrap_int32(scaled + op.output.zero_point), *_limits(op))


def _to_output_text(op: Op, body: Body, value: str, factor: float) -> str:
    """Writes an integer, scaled by a factor, as an output, in C."""
    body.use("requantize")
    body.use("to_output")
    multiplier, shift = arithmetic.quantize_multiplier(factor)
    to = body.argument(_to_output(op))
    return f"to_output(requantize({value}, {multiplier}, {shift}), {to})"


def _rounding(
    limit: int, multiplier: int, bits: int, exponent: int, zero_point: int = 0
) -> int | None:
    """Finds what the runtime's scale_and_round adds.

    Args:
      limit: the largest number that is scaled, either way, within 32 bits.
      multiplier: its factor.
      bits: what the product is shifted right by at first.
      exponent: then.
      zero_point: of the result.

    Returns:
      The number; None if the function can't be used.
    """
    if exponent < 1:
        return None
    half = 1 << (exponent - 1)
    if (limit * multiplier >> bits) + half + abs(zero_point << exponent) >= _INT32.max:
        return None
    return ((half + (zero_point << exponent)) << bits) + (1 << (bits - 1))


def _ends(value: Value, factor: int = 1) -> tuple[int, int]:
    """Finds the ends of what integers are, less the zero point, times a factor."""
    limits = np.iinfo(value.dtype)
    low, high = sorted((end - value.zero_point) * factor for end in (limits.min, limits.max))
    return low, high


def _largest(value: Value, factor: int = 1) -> int:
    """The largest of the same, either way."""
    return max(map(abs, _ends(value, factor)))


def _centered(op: Op, i: int, values: np.ndarray) -> np.ndarray:
    """Takes an input's zero point from it."""
    return values.astype(np.int64) - op.input(i).zero_point


class _Arithmetic(Broadcasting):
    """An operator on tensors of one type.

    Attributes:
      clamped: of the types that are not quantized, those for which it has an activation.
      zero_scales: whether the inputs' scales may be 0; TFLM stops at it if it compares them.
    """

    tabulated = True
    clamped: tuple[str, ...] = ()
    zero_scales = False

    def check_more(self, op: Op) -> Iterator[str]:
        """See Broadcasting."""
        found = list(common.check_activation(op)) if _ACTIVATION in op.options else []
        if op.output.dtype in _QUANTIZED and not found:
            found += common.check_quantized(*op.inputs, zero=self.zero_scales)
            found += common.check_quantized(op.output)
            if _ACTIVATION in op.options and not found:
                found += common.check_integer_activation(op)
            found += self.check_scales(op) if not found else []
        yield from found

    def check_scales(self, op: Op) -> Iterator[str]:
        """Checks sound scales and zero points further: yields reasons why not."""
        del op
        return iter(())

    @abc.abstractmethod
    def plain(self, op: Op, *inputs: np.ndarray) -> np.ndarray:
        """Computes with float32, or with int32 in int64 without wrapping."""

    @abc.abstractmethod
    def plain_text(self, op: Op, body: Body, *elements: str) -> str:
        """Writes what `plain` computes as C."""

    def quantized(self, op: Op, *inputs: np.ndarray) -> np.ndarray:
        """Computes with int8 or int16: the result as int64."""
        raise NotImplementedError

    def quantized_text(self, op: Op, body: Body, *elements: str) -> str:
        """Writes what `quantized` computes as C, as int32_t."""
        raise NotImplementedError

    def compute(self, op: Op, *inputs: np.ndarray) -> np.ndarray:
        """See Broadcasting."""
        dtype = op.output.dtype
        if dtype in _QUANTIZED:
            return self.quantized(op, *inputs).astype(dtype)
        if dtype == "float32":
            result = self.plain(op, *inputs)
            if dtype in self.clamped:
                result = common.clamp_float(result, *common.float_activation(op))
            return result
        result = arithmetic.wrap_int32(self.plain(op, *(i.astype(np.int64) for i in inputs)))
        return np.clip(result, *self._int32_limits(op)).astype(dtype)

    def expression(self, op: Op, body: Body, *elements: str) -> str:
        """See Broadcasting."""
        dtype = op.output.dtype
        if dtype in _QUANTIZED:
            return f"({c_text.c_type(dtype)}){self.quantized_text(op, body, *elements)}"
        text = self.plain_text(op, body, *elements)
        if dtype not in self.clamped:
            return text
        if dtype == "float32":
            function, limits = "clamp_float", common.float_activation(op)
            body.use(function)
        else:
            function, limits = "clamp", self._int32_limits(op)
            if limits == (_INT32.min, _INT32.max):
                return text
            body.use("clamp")
        low, high = (c_text.number(limit, dtype) for limit in limits)
        return f"{function}({text}, {low}, {high})"

    def _int32_limits(self, op: Op) -> tuple[int, int]:
        if "int32" not in self.clamped:
            return _INT32.min, _INT32.max
        low, high = common.float_activation(op)
        return max(int(low), _INT32.min), min(int(high), _INT32.max)


class Sum(_Arithmetic):
    """ADD and SUB."""

    # TFLM does not look at the second one.
    options = (_ACTIVATION, "pot_scale_int16")
    types = ("float32", "int32", "int8", "int16")
    limits = "int32 has no scale"

    def __init__(self, sign: int) -> None:
        self.sign = sign
        # ADD of int32 has no activation, whatever the model says.
        self.clamped = ("float32",) if sign > 0 else ("float32", "int32")

    def check_more(self, op: Op) -> Iterator[str]:
        """See Broadcasting."""
        yield from super().check_more(op)
        yield from _check_unquantized_int32(op)

    def check_scales(self, op: Op) -> Iterator[str]:
        """See _Arithmetic."""
        return common.check_small_factors(*self.factors(op))

    def _left_shift(self, op: Op) -> int:
        return 20 if op.output.dtype == "int8" else 15

    def factors(self, op: Op) -> tuple[float, float, float]:
        """Finds the factors of both inputs and of their sum.

        Of SUB, TFLM's source has them in single precision; the wheel computes as it does for ADD.
        """
        a, b, to = (_double(v.scale) for v in (op.input(0), op.input(1), op.output))
        twice = 2 * max(a, b)
        return a / twice, b / twice, twice / ((1 << self._left_shift(op)) * to)

    def plain(self, op: Op, *inputs: np.ndarray) -> np.ndarray:
        """See _Arithmetic."""
        a, b = inputs
        return a + b if self.sign > 0 else a - b

    def plain_text(self, op: Op, body: Body, *elements: str) -> str:
        """See _Arithmetic."""
        return _operation(op, "+" if self.sign > 0 else "-", *elements)

    def quantized(self, op: Op, *inputs: np.ndarray) -> np.ndarray:
        """See _Arithmetic."""
        *factors, factor = self.factors(op)
        a, b = (
            arithmetic.requantize(
                _centered(op, i, inputs[i]) << self._left_shift(op),
                *arithmetic.quantize_multiplier(factors[i]),
            )
            for i in range(2)
        )
        total = a + self.sign * b
        return _output(op, arithmetic.requantize(total, *arithmetic.quantize_multiplier(factor)))

    def _parameters(self, op: Op) -> tuple[Struct, tuple[int, int]] | None:
        """Finds the parameters of the runtime's function, and the order of its inputs.

        Returns:
          None if its numbers would not fit in 32 bits.
        """
        # The factor of the larger scale is 1/2: there is nothing to multiply. If they are the same,
        # the one that may be negative does not come second: it would have less room.
        order = (0, 1) if op.input(0).scale > op.input(1).scale else (1, 0)
        signs = 1, self.sign
        x, y = order
        bits = _SUM_BITS[op.output.dtype]
        unit = 1 << (self._left_shift(op) + bits - 31)
        x_factor, y_factor = signs[x] * unit // 2, signs[y] * unit
        factors = self.factors(op)
        multiplier, shift = arithmetic.quantize_multiplier(factors[y])
        if factors[y] == 0.5:
            # Doubled, to be halved.
            y_factor, shift = 2 * y_factor, -1
        y_low, y_high = _ends(op.input(y), y_factor)
        y_limit = max(-y_low, y_high)
        limit = _largest(op.input(x), x_factor) + y_limit // 2
        if y_low < _INT32.min or max(y_high, limit) > _INT32.max:
            return None
        y_rounding = _rounding(y_limit, multiplier, bits, -shift)
        to_multiplier, to_shift = arithmetic.quantize_multiplier(factors[2])
        rounding = _rounding(limit, to_multiplier, bits, -to_shift, op.output.zero_point)
        if y_rounding is None or rounding is None:
            return None
        low, high = _limits(op)
        fields = {
            # What is negative is rounded downwards, so that it is what the positive number is.
            "y_rounding": y_rounding - (signs[y] < 0),
            "rounding": rounding,
            "x_factor": x_factor,
            "x_offset": -x_factor * op.input(x).zero_point,
            "y_factor": y_factor,
            "y_offset": -y_factor * op.input(y).zero_point,
            "y_multiplier": multiplier,
            "y_exponent": -shift,
            "multiplier": to_multiplier,
            "exponent": -to_shift,
            "lowest": low,
            "highest": high,
        }
        return Struct("scaled_sum", fields), order

    def row(self, op: Op) -> Row | None:
        """See Broadcasting."""
        found = self._parameters(op) if op.output.dtype in _QUANTIZED else None
        if found is None:
            return None
        return Row(f"scaled_sum_{op.output.dtype}", (found[0],), found[1])

    def quantized_text(self, op: Op, body: Body, *elements: str) -> str:
        """See _Arithmetic."""
        found = self._parameters(op)
        if found is not None:
            body.use("scaled_sum")
            x, y = (elements[i] for i in found[1])
            return f"scaled_sum({body.argument(found[0])}, {x}, {y}, {_SUM_BITS[op.output.dtype]})"
        unit = 1 << self._left_shift(op)
        *factors, factor = self.factors(op)
        a, b = (
            common.scaled_text(body, e, op.input(i).zero_point, unit, factors[i])
            for i, e in enumerate(elements)
        )
        total = f"{a} + {b}" if self.sign > 0 else f"{a} - {b}"
        return _to_output_text(op, body, total, factor)


def _check_unquantized_int32(op: Op) -> Iterator[str]:
    """Checks that int32 has no scale, as TFLM does: yields reasons why not."""
    if op.output.dtype == "int32" and any(v and v.quantization for v in op.inputs):
        yield "has inputs of int32 with a scale: not supported"


def _operation(op: Op, symbol: str, a: str, b: str) -> str:
    """Writes an operation on two elements of float32 or int32; the latter wraps."""
    if op.output.dtype == "float32":
        return f"{a} {symbol} {b}"
    return f"(int32_t)((uint32_t){a} {symbol} (uint32_t){b})"


class _Product(_Arithmetic):
    """MUL."""

    options = (_ACTIVATION,)
    types = ("float32", "int32", "int8", "int16")
    limits = "int16: zero points are 0"
    clamped = ("float32", "int32")
    zero_scales = True

    def check_scales(self, op: Op) -> Iterator[str]:
        """See _Arithmetic."""
        yield from _check_symmetric_int16(op)
        yield from _check_factor(self._factor(op))

    def _factor(self, op: Op) -> float:
        a, b, to = (_double(v.scale) for v in (op.input(0), op.input(1), op.output))
        return a * b / to

    def plain(self, op: Op, *inputs: np.ndarray) -> np.ndarray:
        """See _Arithmetic."""
        a, b = inputs
        return a * b

    def plain_text(self, op: Op, body: Body, *elements: str) -> str:
        """See _Arithmetic."""
        return _operation(op, "*", *elements)

    def quantized(self, op: Op, *inputs: np.ndarray) -> np.ndarray:
        """See _Arithmetic."""
        product = _centered(op, 0, inputs[0]) * _centered(op, 1, inputs[1])
        factor = arithmetic.quantize_multiplier(self._factor(op))
        return _output(op, arithmetic.requantize(product, *factor))

    def _parameters(self, op: Op) -> Struct | None:
        """Finds the parameters of the runtime's function; None if numbers would not fit."""
        multiplier, shift = arithmetic.quantize_multiplier(self._factor(op))
        limit = _largest(op.input(0)) * _largest(op.input(1))
        rounding = _rounding(limit, multiplier, 31, -shift, op.output.zero_point)
        if rounding is None:
            return None
        low, high = _limits(op)
        return Struct(
            "scaled_product",
            {
                "rounding": rounding,
                "zero_point_a": op.input(0).zero_point,
                "zero_point_b": op.input(1).zero_point,
                "multiplier": multiplier,
                "exponent": -shift,
                "lowest": low,
                "highest": high,
            },
        )

    def row(self, op: Op) -> Row | None:
        """See Broadcasting."""
        found = self._parameters(op) if op.output.dtype in _QUANTIZED else None
        return None if found is None else Row(f"scaled_product_{op.output.dtype}", (found,))

    def quantized_text(self, op: Op, body: Body, *elements: str) -> str:
        """See _Arithmetic."""
        found = self._parameters(op)
        if found is not None:
            body.use("scaled_product")
            return f"scaled_product({body.argument(found)}, {', '.join(elements)})"
        a, b = (f"({e} - ({op.input(i).zero_point}))" for i, e in enumerate(elements))
        return _to_output_text(op, body, f"{a} * {b}", self._factor(op))


def _check_symmetric_int16(op: Op) -> Iterator[str]:
    """Checks that int16 has no zero points, as TFLM does: yields reasons why not."""
    values = [v for v in (*op.inputs, op.output) if v is not None]
    if op.output.dtype == "int16" and any(v.zero_point for v in values):
        yield "has tensors of int16 with a zero point that is not 0: not supported"


class _Quotient(_Arithmetic):
    """DIV."""

    options = (_ACTIVATION,)
    types = ("float32", "int32", "int8")
    limits = "int32 has no scale; constants to divide by are not 0"
    clamped = ("float32", "int32")
    zero_scales = True

    def check_more(self, op: Op) -> Iterator[str]:
        """See Broadcasting."""
        yield from super().check_more(op)
        yield from _check_unquantized_int32(op)
        if op.output.dtype != "float32":
            yield from _check_divisor(op)

    def check_scales(self, op: Op) -> Iterator[str]:
        """See _Arithmetic."""
        found = list(common.check_quantized(op.input(1)))
        yield from found
        if found:
            return
        factor = self._factor(op)
        found = list(_check_factor(factor))
        yield from found
        if found:
            return
        a, b = (np.unique(_centered(op, i, _possible(op, i))) for i in range(2))
        shifts = _quotient(a[:, None], b, *arithmetic.quantize_multiplier(factor))[1]
        if not 0 <= shifts.min() <= shifts.max() <= 31:
            yield (
                f"has scales with the factor {factor:.6g}, for which TFLM shifts by more bits than"
                " a number has: the result is not defined"
            )

    def _factor(self, op: Op) -> float:
        """Finds the factor of quotients: in TFLM's source in single, in the wheel in double."""
        a, b, to = (_double(v.scale) for v in (op.input(0), op.input(1), op.output))
        return a / (b * to)

    def plain(self, op: Op, *inputs: np.ndarray) -> np.ndarray:
        """See _Arithmetic."""
        a, b = inputs
        if op.output.dtype == "float32":
            return a / b
        # TFLM can't divide by 0.
        size = np.abs(a) // np.maximum(np.abs(b), 1)
        return np.where(b == 0, 0, np.where((a < 0) == (b < 0), size, -size))

    def plain_text(self, op: Op, body: Body, *elements: str) -> str:
        """See _Arithmetic."""
        if op.output.dtype == "float32":
            return _operation(op, "/", *elements)
        body.use("divide_int32")
        return f"divide_int32({', '.join(elements)})"

    def quantized(self, op: Op, *inputs: np.ndarray) -> np.ndarray:
        """See _Arithmetic."""
        a, b = (_centered(op, i, inputs[i]) for i in range(2))
        factor = arithmetic.quantize_multiplier(self._factor(op))
        return _output(op, _quotient(a, b, *factor)[0])

    def quantized_text(self, op: Op, body: Body, *elements: str) -> str:
        """See _Arithmetic."""
        body.use("scaled_quotient")
        a, b = (f"{e} - ({op.input(i).zero_point})" for i, e in enumerate(elements))
        multiplier, shift = arithmetic.quantize_multiplier(self._factor(op))
        to = body.argument(_to_output(op))
        return f"scaled_quotient({multiplier}, {shift}, {to}, {a}, {b})"


def _possible(op: Op, i: int) -> np.ndarray:
    """What an input of int8 may contain."""
    data = op.input(i).data
    return np.arange(-128, 128) if data is None else data


def _check_divisor(op: Op) -> Iterator[str]:
    """Checks that constants to divide by are not 0, with which TFLM fails: yields reasons."""
    divisor = op.input(1)
    zero = divisor.zero_point if divisor.dtype in _QUANTIZED else 0
    if divisor.data is not None and (divisor.data == zero).any():
        yield "divides by a constant that is 0"


def _quotient(
    a: np.ndarray, b: np.ndarray, multiplier: int, shift: int
) -> tuple[np.ndarray, np.ndarray]:
    """Finds scaled quotients, and the bits that products are shifted right by."""
    a, b = np.where(b < 0, -a, a), np.abs(b)
    inverse, over_unit = arithmetic.reciprocal(b, 31)
    # As many bits as there are below the sign and above the highest one that differs from it.
    headroom = arithmetic.count_leading_zeros(np.where(a < 0, ~a, a)) - 1
    product = arithmetic.requantize(a, inverse, headroom)
    right = over_unit + headroom - shift
    high = arithmetic.saturating_doubling_high_multiply(product, multiplier)
    return arithmetic.rounding_shift_right(high, np.clip(right, 0, 31)), right


class _SquaredDifference(_Arithmetic):
    """SQUARED_DIFFERENCE."""

    types = ("float32", "int32", "int8", "int16")
    limits = "int16: zero points are 0"

    def check_scales(self, op: Op) -> Iterator[str]:
        """See _Arithmetic."""
        *factors, factor = self._factors(op)
        yield from _check_symmetric_int16(op)
        yield from common.check_small_factors(*factors)
        yield from _check_factor(factor)

    def _left_shift(self, op: Op) -> int:
        return 7 if op.output.dtype == "int8" else 0

    def _factors(self, op: Op) -> tuple[float, float, float]:
        """Finds the factors of both inputs and of the square."""
        a, b = (_double(v.scale) for v in (op.input(0), op.input(1)))
        twice = 2.0 * max(a, b)
        to = (1 << 2 * self._left_shift(op)) * _double(op.output.scale)
        return a / twice, b / twice, twice * twice / to

    def plain(self, op: Op, *inputs: np.ndarray) -> np.ndarray:
        """See _Arithmetic."""
        a, b = inputs
        difference = a - b
        if op.output.dtype == "int32":
            difference = arithmetic.wrap_int32(difference)
        return difference * difference

    def plain_text(self, op: Op, body: Body, *elements: str) -> str:
        """See _Arithmetic."""
        difference = _operation(op, "-", *elements)
        return _operation(op, "*", f"({difference})", f"({difference})")

    def quantized(self, op: Op, *inputs: np.ndarray) -> np.ndarray:
        """See _Arithmetic."""
        *factors, factor = self._factors(op)
        a, b = (
            arithmetic.requantize(
                _centered(op, i, inputs[i]) << self._left_shift(op),
                *arithmetic.quantize_multiplier(factors[i]),
            )
            for i in range(2)
        )
        square = (a - b) ** 2
        return _output(op, arithmetic.requantize(square, *arithmetic.quantize_multiplier(factor)))

    def quantized_text(self, op: Op, body: Body, *elements: str) -> str:
        """See _Arithmetic."""
        body.use("scaled_square")
        *factors, factor = self._factors(op)
        unit = 1 << self._left_shift(op)
        a, b = (
            common.scaled_text(body, e, op.input(i).zero_point, unit, factors[i])
            for i, e in enumerate(elements)
        )
        multiplier, shift = arithmetic.quantize_multiplier(factor)
        to = body.argument(_to_output(op))
        return f"scaled_square({multiplier}, {shift}, {to}, {a} - {b})"


class _SumOfSeveral(_Arithmetic):
    """ADD_N."""

    types = ("float32", "int8")
    limits = "inputs of one shape, scale and zero point"
    _LEFT_SHIFT = 20

    def check_counts(self, op: Op) -> Iterator[str]:
        """See Broadcasting."""
        return common.check_counts(op, range(2, 1 << 16))

    def check_more(self, op: Op) -> Iterator[str]:
        """See Broadcasting."""
        if any(v is None or v.shape != op.input(0).shape for v in op.inputs):
            yield "has inputs of several shapes: not supported"
        yield from super().check_more(op)

    def check_scales(self, op: Op) -> Iterator[str]:
        """See _Arithmetic."""
        first = op.input(0).quantization
        assert first is not None
        for value in op.inputs:
            assert value is not None and value.quantization is not None
            other = value.quantization
            if (other.scales, other.zero_points) != (first.scales, first.zero_points):
                yield "has inputs of several scales or zero points: not supported"
                return
        yield from common.check_small_factors(self._factor(op))

    def _factor(self, op: Op) -> float:
        twice = 2 * _double(op.input(0).scale)
        return twice / ((1 << self._LEFT_SHIFT) * _double(op.output.scale))

    def plain(self, op: Op, *inputs: np.ndarray) -> np.ndarray:
        """See _Arithmetic."""
        total = np.zeros_like(inputs[0])
        for one in inputs:
            total = total + one
        return total

    def plain_text(self, op: Op, body: Body, *elements: str) -> str:
        """See _Arithmetic."""
        return " + ".join(["0.0f", *elements])

    def _offset(self, op: Op) -> int:
        # TFLM begins with one more zero point.
        return (len(op.inputs) + 1) * op.input(0).zero_point

    def quantized(self, op: Op, *inputs: np.ndarray) -> np.ndarray:
        """See _Arithmetic."""
        total = sum(one.astype(np.int64) for one in inputs) - self._offset(op)
        # The factor of an input is 1/2.
        total = arithmetic.wrap_int32(total << (self._LEFT_SHIFT - 1))
        factor = arithmetic.quantize_multiplier(self._factor(op))
        return _output(op, arithmetic.requantize(total, *factor))

    def quantized_text(self, op: Op, body: Body, *elements: str) -> str:
        """See _Arithmetic."""
        total = f"{' + '.join(elements)} - ({self._offset(op)})"
        scaled = f"(int32_t)((uint32_t)({total}) << {self._LEFT_SHIFT - 1})"
        return _to_output_text(op, body, scaled, self._factor(op))


class _Extreme(Broadcasting):
    """MAXIMUM and MINIMUM: of integers as they are, whatever their scales."""

    types = ("float32", "int8", "int16", "int32", "int64")

    def compute(self, op: Op, *inputs: np.ndarray) -> np.ndarray:
        """See Broadcasting."""
        a, b = inputs
        # Of what is not a number, the second one is taken.
        return np.where(a > b if op.kind == "MAXIMUM" else a < b, a, b)

    def expression(self, op: Op, body: Body, *elements: str) -> str:
        """See Broadcasting."""
        a, b = elements
        return common.choice_text(op, f"{a} {'>' if op.kind == 'MAXIMUM' else '<'} {b}", a, b)


class _FloorOperation(Broadcasting):
    """FLOOR_DIV and FLOOR_MOD."""

    types = ("float32",)

    def check_more(self, op: Op) -> Iterator[str]:
        """See Broadcasting."""
        # If another input is 0, TFLM's inference fails; here, it goes on.
        if op.kind == "FLOOR_DIV":
            yield from _check_divisor(op)

    def compute(self, op: Op, *inputs: np.ndarray) -> np.ndarray:
        """See Broadcasting."""
        a, b = inputs
        if op.kind == "FLOOR_DIV":
            return np.floor(a.astype(np.float64) / b.astype(np.float64))
        rest = np.fmod(a, b)
        return np.where((rest != 0) & ((b < 0) != (rest < 0)), rest + b, rest)

    def expression(self, op: Op, body: Body, *elements: str) -> str:
        """See Broadcasting."""
        function = "floor_divide_float" if op.kind == "FLOOR_DIV" else "floor_modulo_float"
        body.use(function)
        return f"{function}({', '.join(elements)})"


KERNELS: dict[str, Kernel] = {
    "ADD": Sum(1),
    "ADD_N": _SumOfSeveral(),
    "DIV": _Quotient(),
    "FLOOR_DIV": _FloorOperation(),
    "FLOOR_MOD": _FloorOperation(),
    "MAXIMUM": _Extreme(),
    "MINIMUM": _Extreme(),
    "MUL": _Product(),
    "SQUARED_DIFFERENCE": _SquaredDifference(),
    "SUB": Sum(-1),
}
