# SPDX-License-Identifier: Apache-2.0

import numpy as np
import pytest

from aot.graph import Value
from aot.kernels import bounds
from tflite.model import Quantization


def _input(zero_point: int, dtype: str = "int8") -> Value:
    return Value("x", (1, 3), dtype, Quantization((0.5,), (zero_point,)))


@pytest.mark.parametrize("zero_point", [-128, -3, 0, 127])
def test_the_extremes_are_reached_and_not_passed(zero_point: int):
    random = np.random.default_rng(zero_point + 200)
    weights = random.integers(-127, 128, (4, 9)).astype(np.int8)
    bias = random.integers(-1000, 1000, 4).astype(np.int32)
    found = bounds.of_products(weights, bias, _input(zero_point))
    wide = weights.astype(np.int64)
    low, high = -128 - zero_point, 127 - zero_point
    sums = [
        int(b + (np.where(w > 0, high, low) * w).sum()) for w, b in zip(wide, bias, strict=True)
    ]
    assert found.highest == max(sums)
    sums = [
        int(b + (np.where(w > 0, low, high) * w).sum()) for w, b in zip(wide, bias, strict=True)
    ]
    assert found.lowest == min(sums)
    for _ in range(100):
        x = random.integers(low, high + 1, 9)
        assert ((wide @ x + bias) <= found.highest).all()
        assert ((wide @ x + bias) >= found.lowest).all()


def test_what_overflows_is_said():
    weights = np.full((1, 3), 127, np.int8)
    bias = np.array([2**31 - 1], np.int32)
    found = bounds.of_products(weights, bias, _input(0))
    assert not found.fits(32)
    assert str(found).endswith("they may wrap, as TFLM's do")
    found = bounds.of_products(weights, None, _input(0))
    assert str(found) == "sums are from -48768 to 48387: no overflow of 32 bits"
