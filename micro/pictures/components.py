# SPDX-License-Identifier: Apache-2.0
"""Connected components of a black and white picture."""

from __future__ import annotations

import dataclasses

import numpy as np


@dataclasses.dataclass(frozen=True)
class Components:
    """The connected components of a mask; pixels that touch at a corner are connected.

    Attributes:
      labels: int32, shape (H, W): 0 outside the mask, else 1 + the component's index.
      areas: int64, shape (N,): pixels.
      boxes: int64, shape (N, 4): top, left, bottom, right; the latter two are excluded.
    """

    labels: np.ndarray
    areas: np.ndarray
    boxes: np.ndarray

    def mask(self, chosen: np.ndarray) -> np.ndarray:
        """The pixels of some components.

        Args:
          chosen: bool, shape (N,).

        Returns:
          bool, shape (H, W).
        """
        return np.concatenate([[False], chosen])[self.labels]

    def at_border(self, margin: int) -> np.ndarray:
        """Whether components reach the picture's border.

        Args:
          margin: how many pixels may be between them and the border.

        Returns:
          bool, shape (N,).
        """
        ends = np.array(self.labels.shape) - margin
        return ((self.boxes[:, :2] <= margin) | (self.boxes[:, 2:] >= ends)).any(axis=1)


def find_components(mask: np.ndarray) -> Components:
    """Finds the connected components, in the order of their first pixels.

    By runs instead of pixels (He, Chao, Suzuki, "A Run-Based Two-Scan Labeling Algorithm", IEEE
    Transactions on Image Processing 17(5), 2008). Runs of neighbouring rows that touch are joined
    all at once: each takes the smallest label of those it touches, and then the label of that
    label, until nothing changes (Shiloach, Vishkin, "An O(log n) parallel connectivity algorithm",
    1982).

    Args:
      mask: bool, shape (H, W).

    Returns:
      The components.
    """
    height, width = mask.shape
    edges = np.diff(np.pad(mask.astype(np.int8), ((0, 0), (1, 1))), axis=1)
    rows, starts = np.nonzero(edges == 1)
    _, ends = np.nonzero(edges == -1)
    roots = _join(*_touching(rows, starts, ends, width), len(rows))
    _, component = np.unique(roots, return_inverse=True)
    count = int(component.max(initial=-1)) + 1

    areas = np.bincount(component, ends - starts, minlength=count).astype(np.int64)
    boxes = np.zeros((count, 4), np.int64)
    boxes[:, :2] = max(height, width)
    for column, values, extend in (
        (0, rows, np.minimum),
        (1, starts, np.minimum),
        (2, rows + 1, np.maximum),
        (3, ends, np.maximum),
    ):
        extend.at(boxes[:, column], component, values)

    labels = np.zeros(mask.shape, np.int32)
    labels[mask] = np.repeat(component + 1, ends - starts)
    return Components(labels, areas, boxes)


def _touching(
    rows: np.ndarray, starts: np.ndarray, ends: np.ndarray, width: int
) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of runs that touch, also at corners, each in a row and in the next one.

    Args:
      rows: of the runs, ascending.
      starts: their first columns, ascending in a row.
      ends: the columns after their last ones.
      width: of the picture.

    Returns:
      The indices of the upper and of the lower run of each pair.
    """
    # Rows one after the other, with space between them, make one long line.
    stride = width + 2
    first = np.searchsorted(rows * stride + ends, (rows - 1) * stride + starts, side="left")
    last = np.searchsorted(rows * stride + starts, (rows - 1) * stride + ends, side="right")
    counts = np.maximum(last - first, 0)
    lower = np.repeat(np.arange(len(rows)), counts)
    within = np.arange(len(lower)) - np.repeat(np.cumsum(counts) - counts, counts)
    return np.repeat(first, counts) + within, lower


def _join(one: np.ndarray, other: np.ndarray, count: int) -> np.ndarray:
    """For each of `count` things, the least one that it is connected with by pairs."""
    roots = np.arange(count)
    while True:
        before = roots.copy()
        least = np.minimum(roots[one], roots[other])
        np.minimum.at(roots, roots[one], least)
        np.minimum.at(roots, roots[other], least)
        roots = roots[roots]
        if np.array_equal(roots, before):
            return roots
