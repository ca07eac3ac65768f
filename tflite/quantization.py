# SPDX-License-Identifier: Apache-2.0
"""The quantization of TensorFlow Lite, in numpy alone."""

from __future__ import annotations

import numpy as np


def quantize(
    values: np.ndarray, dtype: np.dtype | type, scale: float, zero_point: int
) -> np.ndarray:
    """Makes a model's input from real values (Jacob et al., arXiv:1712.05877, equation 1).

    Args:
      values: float32, any shape.
      dtype: the tensor's: float32, or a type of integers.
      scale: what one step is worth.
      zero_point: the integer that stands for 0.

    Returns:
      The tensor's dtype, the same shape: as they are for float32; for integers, value / scale +
      zero point, rounded to nearest and clamped.
    """
    if dtype == np.float32:
        return values
    limits = np.iinfo(dtype)
    real = values / np.float32(scale)
    # TensorFlow Lite rounds halves away from zero, numpy to even.
    quantized = np.trunc(real + np.copysign(np.float32(0.5), real)) + zero_point
    return np.clip(quantized, limits.min, limits.max).astype(dtype)
