# SPDX-License-Identifier: Apache-2.0
"""SOFTMAX and LOG_SOFTMAX of the last dimension.

Sources: softmax.h, softmax_common.cc, log_softmax.h of TFLM, fixedpoint.h of gemmlowp.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from aot import arithmetic
from aot.c_text import Body, Constant
from aot.graph import Op, Value
from aot.kernels import common, elementwise
from aot.kernels.kernel import Kernel

# Integer bits of the differences that exp is taken of, and of their sum.
_DIFFERENCE_BITS = 5
_SUM_BITS = 12
_INT32_MAX = (1 << 31) - 1
_UINT32_MAX = (1 << 32) - 1


def scaling(source: Value, beta: float) -> tuple[int, int, int]:
    """Finds how differences are scaled: TFLM's PreprocessSoftmaxScaling.

    Args:
      source: the input, of int8.
      beta: by which differences are multiplied.

    Returns:
      (multiplier, left shift, the lowest difference that counts).
    """
    real = min(_real_factor(source, beta), float(_INT32_MAX))
    multiplier, shift = arithmetic.quantize_multiplier(real)
    radius = math.floor(
        ((1 << _DIFFERENCE_BITS) - 1) * (1 << (31 - _DIFFERENCE_BITS)) / (1 << shift)
    )
    return multiplier, shift, -radius


def _real_factor(source: Value, beta: float) -> float:
    return beta * source.scale * (1 << (31 - _DIFFERENCE_BITS))


class _LastDimension(Kernel):
    """What both have in common."""

    def problems(self, op: Op) -> Iterator[str]:
        """See Kernel."""
        found = list(common.check_counts(op, 1))
        if not found:
            found = list(common.check_types(op, self.types))
            found += elementwise.check_shapes(op.input(0), op.output)
            if not op.output.size or not op.output.shape:
                found.append(f"has the shape {common.shape_text(op.output.shape)}: not supported")
        if not found and op.output.dtype != "float32":
            found = list(common.check_quantized(op.input(0), op.output, zero=True))
            found = found or list(self.unsound(op))
        yield from found

    def unsound(self, op: Op) -> Iterator[str]:
        """Finds why integers of these scales can't be compiled: see `problems`."""
        raise NotImplementedError

    def may_share(self, op: Op) -> tuple[int, ...]:
        """See Kernel."""
        return elementwise.shared_place(op)


class Softmax(_LastDimension):
    """SOFTMAX.

    TFLM stops at rows of int8 whose exponentials are 512 times the largest one or more. The result
    is defined here: every probability rounds to 0.
    """

    options = ("beta",)
    types = ("float32", "int8", "int16", ("int8", "int16"))
    limits = "of the last dimension; the output has the scale and zero point that TFLM asks for"

    def unsound(self, op: Op) -> Iterator[str]:
        """See _LastDimension."""
        source, output = op.input(0), op.output
        real, zero = {
            ("int8", "int8"): (1 / 256, -128),
            ("int8", "int16"): (1 / 65536, -(1 << 15)),
            ("int16", "int16"): (1 / 32768, 0),
        }[source.dtype, output.dtype]
        tolerance = 0.001 * real if output.dtype == "int16" else 0
        if output.zero_point != zero or abs(output.scale - real) > tolerance:
            yield (
                f"has an output of scale {output.scale:g} and zero point {output.zero_point}, not"
                f" 1/{round(1 / real)} and {zero}"
            )
        yield from elementwise.check_symmetric(source)
        beta = _beta(op)
        if not (beta >= 0 and math.isfinite(beta)):
            yield f"has beta = {beta:g}: not supported"
        elif source.dtype == "int16":
            yield from common.check_factor(_int16_factor(op))
        elif not _real_factor(source, beta) > 1:
            yield f"has beta = {beta:g}, too small for its input's scale"

    def evaluate(self, op: Op, inputs: Sequence[np.ndarray | None]) -> list[np.ndarray]:
        """See Kernel."""
        source = inputs[0]
        assert source is not None
        if source.dtype == np.float32:
            difference = source - _largest(source)
            exp = arithmetic.rounded(np.exp, difference * np.float32(_beta(op)))
            return [exp / _sum_in_order(exp)]
        if source.dtype == np.int16:
            return [_int16(op, source)]
        exp, counts, total = _exponentials(source, *scaling(op.input(0), _beta(op)), _UINT32_MAX)
        factor, over_unit = arithmetic.reciprocal(total, _SUM_BITS)
        limits = np.iinfo(op.output.dtype)
        result = arithmetic.rounding_shift_right(
            arithmetic.saturating_doubling_high_multiply(exp, factor), over_unit + 31 - limits.bits
        )
        result = np.clip(result + limits.min, limits.min, limits.max)
        return [np.where(counts, result, limits.min).astype(op.output.dtype)]

    def emit(self, op: Op, body: Body) -> None:
        """See Kernel."""
        source, output = op.input(0), op.output
        rows = rows_of(op)
        if source.dtype == "float32":
            body.call("softmax_float", *rows, _beta(op), source, output)
        elif source.dtype == "int8":
            factors = scaling(source, _beta(op))
            size = np.dtype(output.dtype).itemsize
            body.call("softmax_int8", *rows, *factors, size, source, output)
        else:
            body.call(
                "softmax_int16",
                *rows,
                *arithmetic.quantize_multiplier(_int16_factor(op)),
                Constant("exponentials", exponentials()),
                Constant("reciprocals", reciprocals()),
                source,
                output,
            )


class LogSoftmax(_LastDimension):
    """LOG_SOFTMAX."""

    types = ("float32", "int8")
    limits = "of the last dimension; int8: the output's scale is 1/16, its zero point 127"

    def unsound(self, op: Op) -> Iterator[str]:
        """See _LastDimension."""
        if op.output.scale != 1 / 16 or op.output.zero_point != 127:
            yield (
                f"has an output of scale {op.output.scale:g} and zero point"
                f" {op.output.zero_point}, not 1/16 and 127"
            )
        if not _real_factor(op.input(0), 1.0) > 1:
            yield f"has an input whose scale is {op.input(0).scale:g}: too small"

    def evaluate(self, op: Op, inputs: Sequence[np.ndarray | None]) -> list[np.ndarray]:
        """See Kernel."""
        source = inputs[0]
        assert source is not None
        if source.dtype == np.float32:
            difference = source - _largest(source)
            total = _sum_in_order(arithmetic.rounded(np.exp, difference))
            return [difference - arithmetic.rounded(np.log, total)]
        multiplier, shift, lowest = scaling(op.input(0), 1.0)
        _, _, total = _exponentials(source, multiplier, shift, lowest, _INT32_MAX)
        log = arithmetic.log(total, _SUM_BITS, _DIFFERENCE_BITS)
        # What would be below the lowest number of 32 bits.
        least = arithmetic.requantize(log - (1 << 31), *_back(multiplier, shift))
        difference = _differences(source)
        counts = difference > np.maximum(lowest - 1, least)
        scaled = arithmetic.requantize(np.where(counts, difference, 0), multiplier, shift)
        # Outputs have 4 integer bits, too.
        exponent = 31 - _DIFFERENCE_BITS - 4
        result = arithmetic.rounding_shift_right(arithmetic.wrap_int32(scaled - log), exponent)
        return [np.where(counts, np.clip(result + 127, -128, 127), -128).astype(np.int8)]

    def emit(self, op: Op, body: Body) -> None:
        """See Kernel."""
        if op.output.dtype == "float32":
            body.call("log_softmax_float", *rows_of(op), op.input(0), op.output)
            return
        factors = scaling(op.input(0), 1.0)
        back = _back(*factors[:2])
        body.call("log_softmax_int8", *rows_of(op), *factors, *back, op.input(0), op.output)


def _beta(op: Op) -> float:
    return float(np.float32(op.options["beta"]))


def rows_of(op: Op) -> tuple[int, int]:
    """How many rows there are, and how many elements in each."""
    depth = op.output.shape[-1]
    return op.output.size // depth, depth


def _largest(source: np.ndarray) -> np.ndarray:
    """The largest of each row as C++'s std::max finds it, from the lowest float on."""
    lowest = np.float32(common.FLOAT_LOWEST)
    return np.fmax.reduce(source, axis=-1, keepdims=True, initial=lowest)


def _sum_in_order(values: np.ndarray) -> np.ndarray:
    """Sums rows of floats one after the other, as the order matters."""
    total = np.zeros((*values.shape[:-1], 1), np.float32)
    for c in range(values.shape[-1]):
        total = total + values[..., c : c + 1]
    return total


def _differences(source: np.ndarray) -> np.ndarray:
    """Takes the largest of each row off."""
    wide = source.astype(np.int64)
    return wide - wide.max(axis=-1, keepdims=True)


def _exponentials(
    source: np.ndarray, multiplier: int, shift: int, lowest: int, highest: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Takes exp of differences of int8.

    Args:
      source: the input.
      multiplier: see `scaling`.
      shift: see `scaling`.
      lowest: see `scaling`.
      highest: where sums saturate. TFLM's are undefined from 2^31 on.

    Returns:
      (exp with 31 fractional bits, whether it counts, sums of rows of `_SUM_BITS`).
    """
    difference = _differences(source)
    counts = difference >= lowest
    scaled = arithmetic.requantize(np.where(counts, difference, 0), multiplier, shift)
    exp = arithmetic.exp_on_negative_values(scaled, _DIFFERENCE_BITS)
    shifted = arithmetic.rounding_shift_right(exp, _SUM_BITS)
    total = np.where(counts, shifted, 0).sum(axis=-1, keepdims=True)
    return exp, counts, np.minimum(total, highest)


def every_exponential(op: Op) -> np.ndarray:
    """Makes a table of exp for SOFTMAX of int8.

    Args:
      op: the operator.

    Returns:
      int32, 31 fractional bits: of the differences 0, -1, ... -255; 0 of what does not count.
    """
    differences = np.arange(0, -256, -1)
    multiplier, shift, lowest = scaling(op.input(0), _beta(op))
    counts = differences >= lowest
    scaled = arithmetic.requantize(np.where(counts, differences, 0), multiplier, shift)
    exp = arithmetic.exp_on_negative_values(scaled, _DIFFERENCE_BITS)
    return np.where(counts, exp, 0).astype(np.int32)


def _back(multiplier: int, shift: int) -> tuple[int, int]:
    """Finds the factor that undoes `scaling`: TFLM's PreprocessLogSoftmaxScalingExp."""
    return arithmetic.quantize_multiplier((1 << (31 - shift)) / multiplier)


# --- int16 ----------------------------------------------------------------------------------------

# From the lowest int16 to the highest one: the tables' range of inputs.
_STEPS = (1 << 16) - 1


def _int16_factor(op: Op) -> float:
    """The factor of differences, which makes -10 of -65535."""
    return op.input(0).scale * _beta(op) / (10.0 / 65535.0)


def _int16(op: Op, source: np.ndarray) -> np.ndarray:
    factor = arithmetic.quantize_multiplier(_int16_factor(op))
    scaled = arithmetic.requantize(_differences(source), *factor)
    exp = _lookup(arithmetic.wrap_int32(scaled + 32767), exponentials())
    # TFLM's sum is undefined from 2^31 on.
    total = np.minimum(exp.sum(axis=-1, keepdims=True), _INT32_MAX)
    headroom = arithmetic.count_leading_zeros(total)
    # From 1 to 2 with 16 fractional bits; then from -2^15 on.
    shifted = ((total << (headroom - 1)) + (1 << 13)) >> 14
    reciprocal = _lookup(shifted - (1 << 15) - (1 << 16), reciprocals())
    right = 31 - headroom
    result = (exp * reciprocal + (np.int64(1) << (right - 1))) >> right
    return np.clip(result, 0, 32767).astype(np.int16)


def _lookup(x: np.ndarray, table: np.ndarray) -> np.ndarray:
    """Reads a table of 513 numbers, with 7 bits between them: TFLM's LUTLookup."""
    x = np.clip(x, -(1 << 15), (1 << 15) - 1)
    entries = table.astype(np.int64)
    place = 256 + (x >> 7)
    base = entries[place]
    return base + (((entries[place + 1] - base) * (x & 127) + 64) >> 7)


@functools.cache
def exponentials() -> np.ndarray:
    """Makes the table of exp from -10 to 0: int16, 15 fractional bits."""
    exp = functools.partial(arithmetic.rounded, np.exp)
    return _table(exp, np.float32(10) / np.float32(_STEPS), (1 << 15) - 1)


@functools.cache
def reciprocals() -> np.ndarray:
    """Makes the table of 1 / (1 + x) from 0 to 1: int16, 15 fractional bits."""
    one = np.float32(1)
    return _table(lambda x: one / (one + x), one / np.float32(_STEPS), -(1 << 15))


def _table(
    function: Callable[[np.ndarray], np.ndarray], scale: np.float32, zero_point: int
) -> np.ndarray:
    """Makes a table of 513 numbers: TFLM's LUTPopulate for int16, all in floats.

    Args:
      function: of what the table is.
      scale: of its inputs.
      zero_point: of its inputs.

    Returns:
      int16, read-only: outputs have a scale of 2 / 65535.
    """
    first = scale * np.float32(-(1 << 15) - zero_point)
    last = scale * np.float32((1 << 15) - 1 - zero_point)
    step = (last - first) / np.float32(512)
    unit = np.float32(2) / np.float32(_STEPS)
    factor = np.float32(1 << 16) / (unit * np.float32((1 << 15) - 1) - unit * np.float32(-1 << 15))
    at = np.arange(512, dtype=np.float32)
    middle = function(first + at * step + step / np.float32(2))
    value, following = function(first + at * step), function(first + (at + 1) * step)
    rounded = arithmetic.round_floats
    between = rounded((following * factor + rounded(value * factor)) / np.float32(2))
    error = between - rounded(middle * factor)
    made = np.append(
        rounded(value * factor) - rounded(error / np.float32(2)),
        rounded(function(np.array([last])) * factor),
    )
    made = np.clip(made, -(1 << 15), (1 << 15) - 1).astype(np.int16)
    made.flags.writeable = False
    return made


KERNELS: dict[str, Kernel] = {
    "LOG_SOFTMAX": LogSoftmax(),
    "SOFTMAX": Softmax(),
}
