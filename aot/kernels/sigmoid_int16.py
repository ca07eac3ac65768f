# SPDX-License-Identifier: Apache-2.0
"""The logistic function and tanh of int16, by a table that both share.

Source: reference/integer_ops/{logistic,tanh}.h of TFLM. Inputs are scaled to 3 * 2^12 steps a unit;
the table has 24 of a unit, from 0 to where the function is 1; what is between is interpolated.
"""

from __future__ import annotations

import functools

import numpy as np

from aot import arithmetic

# tanh(x) = 2 * logistic(2 * x) - 1, so it takes half as many steps from one entry to the next.
_LOGISTIC_BITS = 9
_TANH_BITS = 8
# Products of inputs and multipliers must fit in 32 bits.
_MAX_MULTIPLIER = (1 << 16) - 1


@functools.cache
def table() -> np.ndarray:
    """Makes the table: uint16, 16 fractional bits.

    Each entry lies above the curve by half of what the chord to the next one lies below it in the
    middle: so the error of what is interpolated is the same on both sides. Behind the last one,
    inputs saturate.
    """
    x = np.arange(256) / 24
    curve = 65536 / (1 + np.exp(-np.array([x, x + 0.5 / 24, x + 1 / 24])))
    made = np.floor(curve[0] + (curve[1] - (curve[0] + curve[2]) / 2) / 2 + 0.5)
    made[-1] = 65535
    made = made.astype(np.uint16)
    made.flags.writeable = False
    return made


def scaling(scale: float, shifts: tuple[int, ...]) -> tuple[int, int] | None:
    """Finds how inputs are scaled.

    Args:
      scale: of the input.
      shifts: the powers of two times 2^-12 that are exact without a multiplier.

    Returns:
      (multiplier, shift to the right); None if products don't fit in 32 bits, or if the multiplier
      is 0: TFLM takes that for a power of two, and shifts 3 out of 32 bits.
    """
    power = power_of_two(scale)
    if power is not None and power + 12 in shifts:
        return 3 << (power + 12), 0
    factor, shift = scale * 4096.0 * 3.0, 0
    while factor <= 32767.0 / 2.0 and shift <= 30:
        factor *= 2.0
        shift += 1
    return (int(factor), shift) if 1 <= factor <= _MAX_MULTIPLIER else None


def power_of_two(scale: float) -> int | None:
    """Finds which power of two a scale is: TFLM's CheckedLog2, in floats.

    Args:
      scale: 0 or above.

    Returns:
      The exponent; None if it is none.
    """
    inverse = np.float32(1) / arithmetic.rounded(np.log, np.array(2, np.float32))
    if scale == 0:
        return None
    log = arithmetic.rounded(np.log, np.array(scale, np.float32)) * inverse
    whole = arithmetic.round_floats(log)
    return int(whole) if abs(log - whole) < np.float32(1e-3) else None


def logistic(values: np.ndarray, multiplier: int, shift: int) -> np.ndarray:
    """Finds 1 / (1 + exp(-x)).

    Args:
      values: int16.
      multiplier: see `scaling`.
      shift: see `scaling`.

    Returns:
      int16, 15 fractional bits, the same shape.
    """
    x = _scaled(values, multiplier, shift)
    y = _interpolated(np.abs(x), _LOGISTIC_BITS, 0x7FFF << 10)
    return (np.where(x >= 0, y + 512, (1 << 25) - y + 511) >> 10).astype(np.int16)


def tanh(values: np.ndarray, multiplier: int, shift: int) -> np.ndarray:
    """Finds the hyperbolic tangent: see `logistic`."""
    x = _scaled(values, multiplier, shift)
    y = _interpolated(np.abs(x), _TANH_BITS, 0xFFFF << 8) - (1 << 23)
    return (np.where(x >= 0, y + 128, 127 - y) >> 8).astype(np.int16)


def _scaled(values: np.ndarray, multiplier: int, shift: int) -> np.ndarray:
    half = 1 << (shift - 1) if shift > 0 else 0
    return (values.astype(np.int64) * multiplier + half) >> shift


def _interpolated(x: np.ndarray, bits: int, beyond: int) -> np.ndarray:
    """Reads the table at x, of which so many bits are between entries."""
    entries = table().astype(np.int64)
    place = np.minimum(x >> bits, 254)
    base, following = entries[place], entries[place + 1]
    between = (base << bits) + (x & ((1 << bits) - 1)) * (following - base)
    return np.where(x >> bits >= 255, beyond, between)
