# SPDX-License-Identifier: Apache-2.0
"""Fixed-point arithmetic against formulas on Python's integers, and values of TFLM's own code."""

import fractions
import math

import numpy as np
import pytest

from aot import arithmetic

_MIN, _MAX = -(1 << 31), (1 << 31) - 1
# The ends of 32 bits, powers of two and their neighbours.
_EDGES = sorted(
    {0, _MIN, _MIN + 1, _MAX}
    | {s * (1 << k) + d for k in range(31) for s in (-1, 1) for d in (-1, 0, 1)}
)


def _random(count: int) -> list[int]:
    return np.random.default_rng(0).integers(_MIN, _MAX, count, endpoint=True).tolist()


def _wrapped(value: int) -> int:
    return (value - _MIN) % (1 << 32) + _MIN


def _high_product(a: int, b: int) -> int:
    """Gemmlowp's words: half is added towards the sign, C's division truncates."""
    product = a * b
    nudged = product + ((1 << 30) if product >= 0 else 1 - (1 << 30))
    quotient = abs(nudged) // (1 << 31)
    return min(quotient if nudged >= 0 else -quotient, _MAX)


def _divided(value: int, exponent: int) -> int:
    """To nearest, halves away from zero."""
    size = fractions.Fraction(abs(value), 1 << exponent)
    whole = math.floor(size + fractions.Fraction(1, 2))
    return whole if value >= 0 else -whole


def test_wrap_keeps_the_low_32_bits():
    values = [v + (k << 32) for v in _EDGES for k in (-3, -1, 0, 1, 5)]
    made = arithmetic.wrap_int32(np.array(values))
    assert made.tolist() == [_wrapped(v) for v in values]
    assert made.dtype == np.int64


def test_high_products():
    a, b = np.meshgrid(np.array(_EDGES), np.array(_EDGES + _random(20)))
    made = arithmetic.saturating_doubling_high_multiply(a, b)
    pairs = zip(a.ravel().tolist(), b.ravel().tolist(), strict=True)
    expected = [_high_product(x, y) for x, y in pairs]
    assert made.ravel().tolist() == expected
    # The one that saturates, and halves on both sides of 0: up, not away from it.
    chosen = [(_MIN, _MIN), (1 << 15, 1 << 15), (-(1 << 15), 1 << 15), (3 << 15, -(1 << 15))]
    made = [int(arithmetic.saturating_doubling_high_multiply(np.array(x), y)) for x, y in chosen]
    assert made == [_MAX, 1, 0, -1]


@pytest.mark.parametrize("exponent", range(32))
def test_right_shifts_round_halves_away_from_zero(exponent: int):
    values = _EDGES + _random(200)
    made = arithmetic.rounding_shift_right(np.array(values), exponent)
    assert made.tolist() == [_divided(v, exponent) for v in values]


@pytest.mark.parametrize("exponent", range(32))
def test_left_shifts_saturate(exponent: int):
    values = _EDGES + _random(200)
    made = arithmetic.saturating_shift_left(np.array(values), exponent)
    assert made.tolist() == [min(max(v << exponent, _MIN), _MAX) for v in values]


@pytest.mark.parametrize("exponent", [-31, -5, -1, 0, 1, 7, 31])
def test_powers_of_two(exponent: int):
    values = _EDGES + _random(200)
    made = arithmetic.multiply_by_power_of_two(np.array(values), exponent)
    if exponent < 0:
        assert made.tolist() == [_divided(v, -exponent) for v in values]
    else:
        assert made.tolist() == [min(max(v << exponent, _MIN), _MAX) for v in values]


@pytest.mark.parametrize("shift", range(-31, 31))
def test_requantization_rounds_twice(shift: int):
    values = _EDGES + _random(50)
    for multiplier in (0, 1 << 30, (1 << 30) + 1, 1500000000, _MAX, -(1 << 30), -1500000000):
        made = arithmetic.requantize(np.array(values), multiplier, shift)
        left, right = max(shift, 0), max(-shift, 0)
        expected = [_divided(_high_product(_wrapped(v << left), multiplier), right) for v in values]
        assert made.tolist() == expected


def test_requantization_by_channel():
    multipliers = np.array([1 << 30, 1500000000, _MAX])
    shifts = np.array([1, -3, 0], np.int8)
    made = arithmetic.requantize(np.array([[7, 7, 7], [-1000, -1000, -1000]]), multipliers, shifts)
    # 1000 * 1500000000 / 2^34 is 87.3.
    assert made.tolist() == [[7, 1, 7], [-1000, -87, -1000]]


@pytest.mark.parametrize("shift", range(-31, 8))
def test_wide_requantization_reduces_multipliers_and_rounds_once(shift: int):
    large = [s * ((1 << k) + d) for k in (30, 40, 46) for s in (-1, 1) for d in (-1, 0, 1)]
    values = [*_EDGES, *large, -(1 << 47)]
    for multiplier in (0, 1 << 30, 1500000000, 0x7FFEFFFF, 0x7FFF0000, _MAX):
        made = arithmetic.requantize_wide(np.array(values), multiplier, shift)
        reduced = (multiplier + (1 << 15)) >> 16 if multiplier < 0x7FFF0000 else 0x7FFF
        total = 15 - shift
        expected = [_wrapped((v * reduced + (1 << (total - 1))) >> total) for v in values]
        assert made.tolist() == expected


@pytest.mark.parametrize(
    ("real", "expected"),
    [
        (0.0, (0, 0)),
        (1.0, (1 << 30, 1)),
        (0.5, (1 << 30, 0)),
        (0.75, (3 << 29, 0)),
        (3.7, (1986422374, 2)),
        (1e6, (2048000000, 20)),
        # Rounds up to a power of two.
        (0.99999999999, (1 << 30, 1)),
        # Halves, away from zero.
        ((1 << 30) / 2**31 + 2.0**-32, ((1 << 30) + 1, 0)),
        (4e-10, (1844674407, -31)),
        # All bits would be shifted out.
        (2e-10, (0, 0)),
        (-0.3, (-1288490189, -1)),
    ],
)
def test_multipliers(real: float, expected: tuple[int, int]):
    assert arithmetic.quantize_multiplier(real) == expected


def test_multipliers_are_near():
    for real in 10 ** np.random.default_rng(0).uniform(-9, 9, 1000):
        multiplier, shift = arithmetic.quantize_multiplier(float(real))
        assert 1 << 30 <= multiplier <= _MAX
        assert abs(math.ldexp(multiplier, shift - 31) / real - 1) <= 2.0**-31


@pytest.mark.parametrize("real", [math.nan, math.inf, -math.inf])
def test_multipliers_of_what_is_not_finite_are_refused(real: float):
    with pytest.raises(ValueError, match=f"a factor is {real}"):
        arithmetic.quantize_multiplier(real)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.5, 1),
        (-0.5, -1),
        (1.5, 2),
        (2.5, 3),
        (-2.5, -3),
        (2.4999999, 2),
        # The sum with a half would be 1, and 2^53.
        (0.49999999999999994, 0),
        (-0.49999999999999994, 0),
        (9007199254740991.0, 9007199254740991),
    ],
)
def test_rounding(value: float, expected: int):
    assert arithmetic.round_half_away(value) == expected


def test_rounding_floats():
    values = np.array([0.5, -0.5, 1.5, -2.5, 0.49999997, -0.49999997, 8388609, np.inf], np.float32)
    made = arithmetic.round_floats(values)
    assert made.tolist() == [1, -1, 2, -3, 0, 0, 8388609, np.inf]
    assert made.dtype == np.float32


def test_integers_of_floats_saturate():
    values = np.array([1.9, -1.9, 3e9, -3e9, 2147483520, np.inf, -np.inf, np.nan], np.float32)
    assert arithmetic.to_int32(values).tolist() == [1, -1, _MAX, _MIN, 2147483520, _MAX, _MIN, 0]


def test_functions_of_floats_are_rounded_once():
    # exp(x) is 1 + x + x^2 / 2 there: halves between floats, and a little more.
    values = np.array([0, 2.0**-25, 2.0**-24, -(2.0**-25), -(2.0**-24), -103.5], np.float32)
    made = arithmetic.rounded(np.exp, values)
    assert made.dtype == np.float32
    assert made.tolist() == [1, 1, 1 + 2.0**-23, 1, 1 - 2.0**-24, 2.0**-149]


# --- functions: raw inputs and results of gemmlowp's and TFLM's code


@pytest.mark.parametrize(
    ("bits", "pairs"),
    [
        (0, {0: _MAX, -1: 2147483155, -536870912: 1672462419, _MIN: 790015308}),
        (1, {-1000: 2147481156, -805306361: 1014399742, _MIN: 290630390}),
        (4, {-1: 2147483140, -100663289: 1014399788, -1073741824: 720401, _MIN: 242}),
        (5, {-1000: 2147451157, -1073741824: 242, -_MAX: 0, _MIN: 0}),
        (7, {-1: 2147483028, -12582905: 1014400158, -1073741824: 0}),
    ],
)
def test_exp(bits: int, pairs: dict[int, int]):
    made = arithmetic.exp_on_negative_values(np.array(list(pairs)), bits)
    assert made.tolist() == list(pairs.values())


@pytest.mark.parametrize("bits", range(13))
def test_exp_is_near(bits: int):
    values = np.array([v for v in _EDGES + _random(1000) if v <= 0])
    made = arithmetic.exp_on_negative_values(values, bits) / 2.0**31
    assert np.abs(made - np.exp(values / 2.0 ** (31 - bits))).max() < 4e-7


def test_logistic_and_tanh():
    values = np.array([0, 1, -1, 1 << 27, -(1 << 27), 123456789, -987654321, _MAX, -_MAX])
    assert arithmetic.logistic(values, 4).tolist() == [
        1073741824, 1073741948, 1073741699, 1569936226, 577547421, 1535464548, 1367271, 2147483406,
        241,
    ]  # fmt: skip
    assert arithmetic.tanh(values, 4).tolist() == [
        0, 260, -260, 1635510876, -1635510876, 1558674772, -2147481900, _MAX, -_MAX,
    ]  # fmt: skip


@pytest.mark.parametrize("bits", [3, 4])
def test_logistic_and_tanh_are_near(bits: int):
    values = np.array(_EDGES + _random(1000))
    real = values / 2.0 ** (31 - bits)
    assert (
        np.abs(arithmetic.logistic(values, bits) / 2.0**31 - 1 / (1 + np.exp(-real))).max() < 4e-7
    )
    assert np.abs(arithmetic.tanh(values, bits) / 2.0**31 - np.tanh(real)).max() < 4e-7


def test_fractions_of_one_plus_x():
    values = np.array([0, 1, 1 << 30, 123456789, _MAX])
    assert arithmetic.one_over_one_plus_x(values).tolist() == [
        _MAX, _MAX, 1431655762, 2030738432, 1073741820,
    ]  # fmt: skip
    assert arithmetic.one_minus_x_over_one_plus_x(values).tolist() == [
        _MAX, _MAX, 715827876, 1913993216, -8,
    ]  # fmt: skip


def test_leading_zeros():
    values = [0, 1, 2, 3, (1 << 31) - 1, 1 << 31, (1 << 32) - 1, *(1 << k for k in range(32))]
    made = arithmetic.count_leading_zeros(np.array(values))
    assert made.tolist() == [32 - v.bit_length() for v in values]


def test_reciprocals():
    values = np.array([1, 3, 1 << 19, 123456789, _MAX])
    factors, over_unit = arithmetic.reciprocal(values, 12)
    assert factors.tolist() == [_MAX, 1431655762, _MAX, 1167333038, 1073741820]
    assert over_unit.tolist() == [-19, -18, 0, 7, 11]
    # Sums may have their 32nd bit set: 4096 and more.
    factors, over_unit = arithmetic.reciprocal(np.array([1 << 31, (1 << 32) - 1]), 12)
    assert factors.tolist() == [_MAX, 1073741820]
    assert over_unit.tolist() == [12, 12]


def test_inverse_square_roots():
    values = [0, 1, 2, 3, 4, 100, 1000, 65535, 1 << 28, (1 << 29) - 1, 1 << 29, _MAX]
    multipliers, shifts = arithmetic.inverse_square_root(np.array(values))
    assert multipliers.tolist() == [
        _MAX, _MAX, 1518498372, 1239850284, 1073741828, 214748363, 271637587, 268437511, 268435457,
        189812531, 379624593, 189812531,
    ]  # fmt: skip
    assert shifts.tolist() == [0, 0, 0, 0, 0, 0, -2, -5, -11, -11, -12, -12]


def test_logarithms():
    values = np.array([1 << 19, (1 << 19) + 1, 1 << 20, 3 << 19, 123456789, 1 << 30, _MAX])
    assert arithmetic.log(values, 12, 5).tolist() == [
        0, 128, 46516320, 73726624, 366522130, 511679518, 558195838,
    ]  # fmt: skip
    many = np.array([v for v in _random(2000) if v >= 1 << 19])
    made = arithmetic.log(many, 12, 5) / 2.0**26
    assert np.abs(made - np.log(many / 2.0**19)).max() < 1e-7
