# SPDX-License-Identifier: Apache-2.0
"""Tests of convert/quantization.py."""

import numpy as np

from tflite import quantization


def test_rounds_halves_away_from_zero_and_clamps():
    values = np.array([0.25, -0.25, 0.0, 500, -500], np.float32)
    quantized = quantization.quantize(values, np.int8, 0.5, -3)
    assert quantized.dtype == np.int8
    assert quantized.tolist() == [-2, -4, -3, 127, -128]


def test_every_pixel_becomes_its_own_step():
    pixels = np.arange(256, dtype=np.float32) / np.float32(255)
    quantized = quantization.quantize(pixels, np.int8, 1 / 255, -128)
    assert quantized.tolist() == list(range(-128, 128))


def test_float32_stays_as_it_is():
    values = np.array([0.1, 0.9], np.float32)
    assert quantization.quantize(values, np.float32, 0.0, 0) is values
