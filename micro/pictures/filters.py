# SPDX-License-Identifier: Apache-2.0
"""Filters of grey pictures, in numpy: means, medians, and thickening and thinning."""

from __future__ import annotations

import numpy as np
from PIL import Image


def resize(values: np.ndarray, height: int, width: int) -> np.ndarray:
    """Resizes, with averaging where it gets smaller and with smooth curves where it gets larger.

    Args:
      values: float32, shape (H, W).
      height: the new one.
      width: the new one.

    Returns:
      float32, shape (height, width).
    """
    larger = height > values.shape[0] or width > values.shape[1]
    how = Image.Resampling.BICUBIC if larger else Image.Resampling.BOX
    return np.asarray(Image.fromarray(values).resize((width, height), how))


def box_mean(values: np.ndarray, radius: int) -> np.ndarray:
    """The mean of the square of `2 * radius + 1` around each pixel; beyond the border is its edge.

    Args:
      values: float, shape (H, W).
      radius: at least 0.

    Returns:
      float32, shape (H, W).
    """
    size = 2 * radius + 1
    sums = np.pad(values.astype(np.float64), radius, mode="edge")
    for axis in (0, 1):
        sums = np.cumsum(sums, axis=axis)
        sums = np.insert(sums, 0, 0, axis=axis)
        sums = np.take(sums, range(size, sums.shape[axis]), axis) - np.take(
            sums, range(sums.shape[axis] - size), axis
        )
    return (sums / size**2).astype(np.float32)


def masked_median(values: np.ndarray, mask: np.ndarray, radius: int, least: int) -> np.ndarray:
    """The median of those pixels around each one that are in the mask.

    Args:
      values: float32, shape (H, W).
      mask: bool, shape (H, W).
      radius: of the square around each pixel, which ends at the border.
      least: how many pixels a median needs.

    Returns:
      float32, shape (H, W); NaN where there are too few.
    """
    size = 2 * radius + 1
    chosen = np.where(mask, values, np.float32(np.nan))
    padded = np.pad(chosen, radius, constant_values=np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (size, size))
    # NaN is sorted to the end.
    ordered = np.sort(windows.reshape(*values.shape, size * size), axis=2)
    count = np.sum(~np.isnan(ordered), axis=2)
    low = np.take_along_axis(ordered, np.maximum(count - 1, 0)[..., np.newaxis] // 2, 2)[..., 0]
    high = np.take_along_axis(ordered, count[..., np.newaxis] // 2, 2)[..., 0]
    return np.where(count >= max(least, 1), (low + high) / 2, np.float32(np.nan))


def dilate(values: np.ndarray, radius: int) -> np.ndarray:
    """Thickens what is bright: the maximum over an octagon.

    A cross and a square by turns make an octagon, which is nearly a disc (Soille, "Morphological
    Image Analysis", 2nd edition, section 3.5).

    Args:
      values: bool, or numbers of at least 0, shape (H, W).
      radius: of the octagon in pixels.

    Returns:
      The same type and shape.
    """
    for step in range(radius):
        padded = np.pad(values, 1)
        rows = np.maximum(np.maximum(padded[:-2], padded[1:-1]), padded[2:])
        if step % 2:
            values = np.maximum(np.maximum(rows[:, :-2], rows[:, 1:-1]), rows[:, 2:])
        else:
            across = np.maximum(padded[1:-1, :-2], padded[1:-1, 2:])
            values = np.maximum(rows[:, 1:-1], across)
    return values


def erode(values: np.ndarray, radius: int) -> np.ndarray:
    """Thins what is bright: the minimum over an octagon; beyond the border it is dark.

    Args:
      values: float, shape (H, W), from 0 to 1.
      radius: of the octagon in pixels.

    Returns:
      The same type and shape.
    """
    inverse = np.pad(1 - values, radius, constant_values=1)
    thinned = 1 - dilate(inverse, radius)
    return thinned[radius : radius + values.shape[0], radius : radius + values.shape[1]]
