# SPDX-License-Identifier: Apache-2.0
"""Proves how large sums can become: by intervals, for each output channel."""

from __future__ import annotations

import dataclasses

import numpy as np

from aot.graph import Value


@dataclasses.dataclass(frozen=True)
class Bounds:
    """What a sum of products can be, whatever the input is.

    Attributes:
      lowest: the lowest sum of all channels.
      highest: the highest one.
    """

    lowest: int
    highest: int

    def fits(self, bits: int) -> bool:
        """Whether every sum is a signed number of so many bits."""
        return -(1 << (bits - 1)) <= self.lowest and self.highest < 1 << (bits - 1)

    def __str__(self) -> str:
        """Says so, in a part of a line."""
        text = f"sums are from {self.lowest} to {self.highest}"
        if self.fits(32):
            return f"{text}: no overflow of 32 bits"
        return f"{text}: they may wrap, as TFLM's do"


def of_products(weights: np.ndarray, bias: np.ndarray | None, source: Value) -> Bounds:
    """Bounds the sums of a layer.

    Args:
      weights: integers: outputs, taps. Some taps may see nothing, at the edge of an image.
      bias: one an output; None without.
      source: the input, of integers; its type and zero point count.

    Returns:
      The bounds, of Python's integers: nothing wraps here.
    """
    found = of_channels(weights, bias, source, source.zero_point)
    return Bounds(min(b.lowest for b in found), max(b.highest for b in found))


def of_channels(
    weights: np.ndarray, bias: np.ndarray | None, source: Value, zero_point: int
) -> list[Bounds]:
    """Bounds the sums of each output channel: see `of_products`.

    Args:
      weights: integers: outputs, taps.
      bias: one an output; None without.
      source: the input, of integers; its type counts.
      zero_point: what the operator takes from the input.

    Returns:
      The bounds of each.
    """
    limits = np.iinfo(source.dtype)
    low, high = limits.min - zero_point, limits.max - zero_point
    wide = weights.astype(np.int64).reshape(len(weights), -1)
    positive, negative = np.maximum(wide, 0).sum(axis=1), np.minimum(wide, 0).sum(axis=1)
    start = np.zeros(len(wide), np.int64) if bias is None else bias.astype(np.int64).ravel()
    # What is not seen adds 0, which lies between `low` and `high`.
    return [
        Bounds(int(s) + int(p) * low + int(n) * high, int(s) + int(p) * high + int(n) * low)
        for s, p, n in zip(start, positive, negative, strict=True)
    ]
