# SPDX-License-Identifier: Apache-2.0
"""TFLM's fixed-point arithmetic in numpy, bit for bit.

Sources: tensorflow/lite/kernels/internal/{common,quantization_util}.{h,cc} of TFLM, fixedpoint.h of
gemmlowp. Integers are int64 arrays here that contain what TFLM has in 32 bits.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

_INT32_MIN = -(1 << 31)
_INT32_MAX = (1 << 31) - 1


def wrap_int32(values: np.ndarray) -> np.ndarray:
    """Keeps the low 32 bits.

    Args:
      values: integers of any width, any shape.

    Returns:
      int64 from -2^31 to 2^31 - 1, the same shape.
    """
    return values.astype(np.int64).astype(np.int32).astype(np.int64)


def quantize_multiplier(real: float) -> tuple[int, int]:
    """Splits a factor: TFLM's QuantizeMultiplier.

    Args:
      real: the factor.

    Returns:
      (multiplier, shift): real is about multiplier * 2^(shift - 31).

    Raises:
      ValueError: the factor is not finite.
    """
    if not math.isfinite(real):
        raise ValueError(f"a factor is {real}")
    if real == 0.0:
        return 0, 0
    fraction, shift = math.frexp(real)
    multiplier = round_half_away(fraction * (1 << 31))
    if multiplier == 1 << 31:
        multiplier //= 2
        shift += 1
    if shift < -31:
        return 0, 0
    return multiplier, shift


def round_half_away(value: float) -> int:
    """Rounds to nearest, halves away from zero, as C's round()."""
    size = abs(value)
    whole = math.floor(size)
    # Not floor(size + 0.5): that sum is rounded, too.
    whole += size - whole >= 0.5
    return -whole if value < 0 else whole


def round_floats(values: np.ndarray) -> np.ndarray:
    """Rounds floats to nearest, halves away from zero, as C's roundf().

    Args:
      values: float32.

    Returns:
      float32, the same shape.
    """
    whole = np.trunc(values)
    with np.errstate(invalid="ignore"):
        away = np.abs(values - whole) >= 0.5
    return np.where(away, whole + np.copysign(np.float32(1), values), whole)


def rounded(function: Callable[[np.ndarray], np.ndarray], values: np.ndarray) -> np.ndarray:
    """Finds a function of floats as the best C library would: exact, then rounded once.

    Args:
      function: of numpy; it runs in double precision.
      values: float32.

    Returns:
      float32, the same shape. glibc's expf, logf, sinf and cosf are hardly ever one step off this.
    """
    return function(values.astype(np.float64)).astype(np.float32)


def to_int32(values: np.ndarray) -> np.ndarray:
    """Converts floats to integers towards zero; what is too large saturates, NaN becomes 0.

    TFLM leaves the last two to the compiler. This is what Arm's instruction gives.

    Args:
      values: float32.

    Returns:
      int64 within 32 bits, the same shape.
    """
    wide = np.nan_to_num(values.astype(np.float64), nan=0)
    return np.clip(wide, _INT32_MIN, _INT32_MAX).astype(np.int64)


def saturating_doubling_high_multiply(a: np.ndarray, b: np.ndarray | int) -> np.ndarray:
    """Multiplies as gemmlowp's SaturatingRoundingDoublingHighMul.

    Args:
      a: within 32 bits.
      b: within 32 bits, of a shape that fits.

    Returns:
      a * b / 2^31, rounded to nearest, halves up; the one product that is too large saturates.
    """
    product = a.astype(np.int64) * np.asarray(b, dtype=np.int64)
    # Only 2^62 does not fit in the sum.
    return np.minimum((product + (1 << 30)) >> 31, _INT32_MAX)


def rounding_shift_right(x: np.ndarray, exponent: np.ndarray | int) -> np.ndarray:
    """Divides by 2^exponent as gemmlowp's RoundingDivideByPOT: halves away from zero.

    Args:
      x: within 32 bits.
      exponent: from 0 to 31, of a shape that fits.

    Returns:
      int64, the same shape.
    """
    exponent = np.asarray(exponent, dtype=np.int64)
    mask = (np.int64(1) << exponent) - 1
    remainder = x & mask
    threshold = (mask >> 1) + (x < 0)
    return (x >> exponent) + (remainder > threshold)


def requantize(x: np.ndarray, multiplier: np.ndarray | int, shift: np.ndarray | int) -> np.ndarray:
    """Scales 32-bit sums: TFLM's MultiplyByQuantizedMultiplier with double rounding.

    Args:
      x: within 32 bits.
      multiplier: within 32 bits, of a shape that fits.
      shift: from -31 to 30, of a shape that fits.

    Returns:
      int64, the same shape.
    """
    shift = np.asarray(shift, dtype=np.int64)
    left = np.maximum(shift, 0)
    shifted = wrap_int32(x << left)
    return rounding_shift_right(
        saturating_doubling_high_multiply(shifted, multiplier), np.maximum(-shift, 0)
    )


def requantize_wide(
    x: np.ndarray, multiplier: np.ndarray | int, shift: np.ndarray | int
) -> np.ndarray:
    """Scales 64-bit sums: TFLM's MultiplyByQuantizedMultiplier for int64.

    Args:
      x: within 48 bits.
      multiplier: from 0 to 2^31 - 1, of a shape that fits.
      shift: from -31 to 7, of a shape that fits.

    Returns:
      int64 within 32 bits, the same shape.
    """
    multiplier = np.asarray(multiplier, dtype=np.int64)
    reduced = np.where(multiplier < 0x7FFF0000, (multiplier + (1 << 15)) >> 16, 0x7FFF)
    total = 15 - np.asarray(shift, dtype=np.int64)
    return wrap_int32((x * reduced + (np.int64(1) << (total - 1))) >> total)


def saturating_shift_left(x: np.ndarray, exponent: int) -> np.ndarray:
    """Multiplies by 2^exponent and saturates: gemmlowp's SaturatingRoundingMultiplyByPOT.

    Args:
      x: within 32 bits.
      exponent: from 0 to 31.

    Returns:
      int64 within 32 bits, the same shape.
    """
    return np.clip(x.astype(np.int64) << exponent, _INT32_MIN, _INT32_MAX)


def multiply_by_power_of_two(x: np.ndarray, exponent: int) -> np.ndarray:
    """Multiplies by 2^exponent: saturating if it is positive, rounding if it is negative."""
    if exponent >= 0:
        return saturating_shift_left(x, exponent)
    return rounding_shift_right(x, -exponent)


# sqrt(2) / 2, 31 fractional bits.
_HALF_SQRT_2 = 1518500250

# Constants of gemmlowp's exp, as raw numbers without integer bits.
_EXP_MINUS_EIGHTH = 1895147668
_ONE_THIRD = 715827883


def exp_on_interval_below_zero(a: np.ndarray) -> np.ndarray:
    """Finds exp from -1/4 to 0: gemmlowp's exp_on_interval_between_negative_one_quarter_and_0_excl.

    Args:
      a: raw, 31 fractional bits.

    Returns:
      Raw, 31 fractional bits.
    """
    x = wrap_int32(a + (1 << 28))
    x2 = saturating_doubling_high_multiply(x, x)
    x3 = saturating_doubling_high_multiply(x2, x)
    x4 = saturating_doubling_high_multiply(x2, x2)
    x4_over_4 = rounding_shift_right(x4, 2)
    over_24 = saturating_doubling_high_multiply(wrap_int32(x4_over_4 + x3), _ONE_THIRD)
    rest = rounding_shift_right(wrap_int32(over_24 + x2), 1)
    return wrap_int32(
        _EXP_MINUS_EIGHTH
        + saturating_doubling_high_multiply(
            np.full_like(x, _EXP_MINUS_EIGHTH), wrap_int32(x + rest)
        )
    )


# exp(-1/4), exp(-1/2), exp(-1), … exp(-16), 31 fractional bits; the first belongs to 2^-2.
EXP_BARREL = (1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242)


def exp_on_negative_values(a: np.ndarray, integer_bits: int) -> np.ndarray:
    """Finds exp of what is not above zero: gemmlowp's exp_on_negative_values.

    Args:
      a: raw, with so many integer bits, not above 0.
      integer_bits: of a, from 0 to 12.

    Returns:
      Raw, 31 fractional bits.
    """
    fraction_bits = 31 - integer_bits
    one_quarter = 1 << (fraction_bits - 2)
    a_mod = (a & (one_quarter - 1)) - one_quarter
    result = exp_on_interval_below_zero(multiply_by_power_of_two(a_mod, integer_bits))
    remainder = wrap_int32(a_mod - a)
    for i, factor in enumerate(EXP_BARREL):
        if integer_bits > i - 2:
            bit = 1 << (fraction_bits + i - 2)
            result = np.where(
                remainder & bit, saturating_doubling_high_multiply(result, factor), result
            )
    if integer_bits > 5:
        clamp = -(1 << (fraction_bits + 5))
        result = np.where(a < clamp, 0, result)
    return np.where(a == 0, _INT32_MAX, result)


def _half_of_sum(a: np.ndarray, b: int) -> np.ndarray:
    """Gemmlowp's RoundingHalfSum: halves away from zero."""
    total = a.astype(np.int64) + b
    sign = np.where(total >= 0, 1, -1)
    # Truncates as C's division does.
    doubled = total + sign
    return np.where(doubled >= 0, doubled >> 1, -((-doubled) >> 1))


_CONSTANT_48_OVER_17 = 1515870810
_CONSTANT_MINUS_32_OVER_17 = -1010580540


def _newton_reciprocal(a: np.ndarray) -> np.ndarray:
    """2 / (1 + a), raw with two integer bits, for a with none, from 0 to 1."""
    half_denominator = _half_of_sum(a, _INT32_MAX)
    x = wrap_int32(
        _CONSTANT_48_OVER_17
        + saturating_doubling_high_multiply(half_denominator, _CONSTANT_MINUS_32_OVER_17)
    )
    for _ in range(3):
        product = saturating_doubling_high_multiply(half_denominator, x)
        one_minus = wrap_int32((1 << 29) - product)
        # Two and two integer bits make four, brought back to two.
        x = wrap_int32(
            x + saturating_shift_left(saturating_doubling_high_multiply(x, one_minus), 2)
        )
    return x


def one_over_one_plus_x(a: np.ndarray) -> np.ndarray:
    """Finds 1 / (1 + a): gemmlowp's one_over_one_plus_x_for_x_in_0_1.

    Args:
      a: raw, 31 fractional bits, not below 0.

    Returns:
      Raw, 31 fractional bits.
    """
    return saturating_shift_left(_newton_reciprocal(a), 1)


def one_minus_x_over_one_plus_x(a: np.ndarray) -> np.ndarray:
    """Finds (1 - a) / (1 + a): gemmlowp's one_minus_x_over_one_plus_x_for_x_in_0_1.

    Args:
      a: raw, 31 fractional bits, not below 0.

    Returns:
      Raw, 31 fractional bits.
    """
    return saturating_shift_left(wrap_int32(_newton_reciprocal(a) - (1 << 29)), 2)


def logistic(a: np.ndarray, integer_bits: int) -> np.ndarray:
    """Finds 1 / (1 + exp(-a)): gemmlowp's logistic.

    Args:
      a: raw, with so many integer bits.
      integer_bits: of a.

    Returns:
      Raw, 31 fractional bits.
    """
    magnitude = np.where(a > 0, a, wrap_int32(-a))
    positive = one_over_one_plus_x(exp_on_negative_values(wrap_int32(-magnitude), integer_bits))
    result = np.where(a > 0, positive, wrap_int32(_INT32_MAX - positive))
    return np.where(a == 0, 1 << 30, result)


def tanh(a: np.ndarray, integer_bits: int) -> np.ndarray:
    """Finds the hyperbolic tangent: gemmlowp's tanh.

    Args:
      a: raw, with so many integer bits.
      integer_bits: of a.

    Returns:
      Raw, 31 fractional bits.
    """
    negative = np.where(a < 0, a, wrap_int32(-a))
    # neg_tanh_on_negative_values halves its argument's place: exp(2 a).
    exp = exp_on_negative_values(negative, integer_bits + 1)
    size = one_minus_x_over_one_plus_x(exp)
    return np.where(a == 0, 0, np.where(a < 0, wrap_int32(-size), size))


def count_leading_zeros(x: np.ndarray) -> np.ndarray:
    """Counts the zeros before the first one of 32 bits; 32 for 0.

    Args:
      x: from 0 to 2^32 - 1.

    Returns:
      int64, the same shape.
    """
    x = x.astype(np.int64)
    count = np.full(x.shape, 32, dtype=np.int64)
    for bit in range(32):
        count = np.where(x >> bit, 31 - bit, count)
    return count


def reciprocal(x: np.ndarray, integer_bits: int) -> tuple[np.ndarray, np.ndarray]:
    """Finds 1 / x: TFLM's GetReciprocal.

    Args:
      x: raw, with so many integer bits, above 0.
      integer_bits: of x.

    Returns:
      (raw with 31 fractional bits, the bits that the result is to be shifted right by).
    """
    headroom = count_leading_zeros(x)
    shifted = wrap_int32((x.astype(np.uint64) << headroom.astype(np.uint64)) - (1 << 31))
    return one_over_one_plus_x(shifted), integer_bits - headroom


def inverse_square_root(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Finds 1 / sqrt(x): TFLM's GetInvSqrtQuantizedMultiplierExp.

    Args:
      x: within 32 bits; what is not above 0 counts as 1.

    Returns:
      (multipliers, shifts): as `requantize` takes them, shifts not above 0.
    """
    one = x <= 1
    x = np.where(one, 1 << 27, x).astype(np.int64)
    shift = np.full(x.shape, -11, np.int64)
    large = x >= 1 << 29
    x, shift = np.where(large, x >> 2, x), shift - large
    pairs = (count_leading_zeros(x) - 1) // 2 - 1
    x, shift = x << 2 * pairs, shift + pairs
    # Half of x, and Newton's method from 1, with 3 integer bits.
    half = rounding_shift_right(x >> 1, 1)
    y = np.full(x.shape, 1 << 28, np.int64)
    for _ in range(5):
        square = saturating_doubling_high_multiply(y, y)
        cube = saturating_shift_left(saturating_doubling_high_multiply(square, y), 6)
        more = saturating_doubling_high_multiply(y, (1 << 28) + (1 << 27))
        y = saturating_shift_left(more - saturating_doubling_high_multiply(half, cube), 3)
    y = saturating_doubling_high_multiply(y, _HALF_SQRT_2) << np.maximum(shift, 0)
    return np.where(one, _INT32_MAX, y), np.where(one, 0, np.minimum(shift, 0))


# log(2), the fourth root of 1/2, and the coefficients of a rational function around it.
_LOG_2 = 1488522236
_FOURTH_ROOT_OF_HALF = 1805811301
_LOG_NUMERATOR = 117049297
_LOG_DENOMINATOR = (1057819769, 638450708, 127690142)


def log(x: np.ndarray, integer_bits: int, result_bits: int) -> np.ndarray:
    """Finds the natural logarithm: TFLM's log_x_for_x_greater_than_or_equal_to_1.

    Args:
      x: raw, with so many integer bits, above 0.
      integer_bits: of x.
      result_bits: how many integer bits the result has.

    Returns:
      Raw, with `result_bits` integer bits.
    """
    multiply = saturating_doubling_high_multiply
    # One bit more than the result, so that the product with log(2) does not saturate.
    fraction_bits = 31 - (result_bits + 1)
    quarter = 1 << (fraction_bits - 2)
    # x = r * 2^power, with r around the fourth root of 1/2: one of two candidates.
    zeros = count_leading_zeros(x)
    a = saturating_shift_left(multiply(x << (zeros - 1), _HALF_SQRT_2), 1)
    a_power = saturating_shift_left(integer_bits - zeros, fraction_bits) + quarter
    zeros = count_leading_zeros(multiply(x, _HALF_SQRT_2)) - 1
    b = np.minimum(x << zeros, _INT32_MAX)
    b_power = saturating_shift_left(integer_bits - zeros, fraction_bits) - quarter
    r, power = np.minimum(a, b), np.maximum(a_power, b_power)
    p = _half_of_sum(r, _FOURTH_ROOT_OF_HALF)
    q = wrap_int32(2 * (r - _FOURTH_ROOT_OF_HALF))
    square = multiply(q, q)
    numerator = wrap_int32(multiply(q, r) + multiply(multiply(q, square), _LOG_NUMERATOR))
    one, first, second = _LOG_DENOMINATOR
    inner = wrap_int32(wrap_int32(one + q) + multiply(square, second))
    denominator = wrap_int32(multiply(p, inner) + multiply(q, first))
    quotient = multiply(
        rounding_shift_right(numerator, result_bits + 1), one_over_one_plus_x(denominator)
    )
    return saturating_shift_left(wrap_int32(multiply(power, _LOG_2) + quotient), 1)
