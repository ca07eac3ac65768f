# SPDX-License-Identifier: Apache-2.0
"""How values are spread over a quantization's grid: counts of each step, without TensorFlow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

LOW, HIGH = -128, 127
"""The first and the last step of an int8 grid."""


def count_steps(values: np.ndarray) -> list[int]:
    """Counts how often each step is taken.

    Args:
      values: int8, any shape.

    Returns:
      One count for each step from LOW to HIGH.
    """
    return np.bincount(values.astype(np.int64).ravel() - LOW, minlength=HIGH - LOW + 1).tolist()


def count_reals(
    values: np.ndarray, scales: np.ndarray | float, zero_point: int
) -> tuple[list[int], int, int]:
    """Counts to which step of a grid each real value is nearest.

    Args:
      values: float32, any shape.
      scales: what one step is worth; for several scales an array that numpy broadcasts to values.
      zero_point: the step that stands for 0.

    Returns:
      One count for each step from LOW to HIGH, and how many values are below and above the grid:
      they are counted at its ends, too, which they are clamped to.
    """
    steps = np.rint(values / np.asarray(scales, np.float32)).astype(np.int64) + zero_point
    below, above = int((steps < LOW).sum()), int((steps > HIGH).sum())
    return count_steps(np.clip(steps, LOW, HIGH)), below, above


def channel_scales(scales: Sequence[float], axis: int, rank: int) -> np.ndarray:
    """Shapes scales so that numpy broadcasts them along a tensor's channels.

    Args:
      scales: one for the tensor, or one for each channel.
      axis: the dimension that the channels are.
      rank: of the tensor.

    Returns:
      float32, of the given rank.
    """
    shape = [1] * rank
    if len(scales) > 1:
        shape[axis] = len(scales)
    return np.asarray(scales, np.float32).reshape(shape)


def added(counts: Mapping[str, object] | None, more: Mapping[str, object]) -> dict[str, object]:
    """Adds up counts of several batches.

    Args:
      counts: of the batches before; None before the first one.
      more: of one batch: numbers, and lists of numbers.

    Returns:
      The sums, by the same names.
    """
    if counts is None:
        return dict(more)
    return {
        name: [a + b for a, b in zip(counts[name], value, strict=True)]  # type: ignore[call-overload]
        if isinstance(value, list)
        else counts[name] + value  # type: ignore[operator]
        for name, value in more.items()
    }
