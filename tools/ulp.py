# SPDX-License-Identifier: Apache-2.0
"""Distances of float32 numbers in units in the last place (ULP)."""

from __future__ import annotations

import numpy as np


def distance(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Counts the float32 numbers between two arrays' elements.

    Args:
      first: float32.
      second: float32, the same shape.

    Returns:
      int64, the same shape: 0 if equal, 1 for neighbours.
    """

    def ordered(values: np.ndarray) -> np.ndarray:
        bits = values.astype(np.float32).view(np.int32).astype(np.int64)
        return np.where(bits < 0, -(bits & 0x7FFFFFFF), bits)

    return np.abs(ordered(first) - ordered(second))
