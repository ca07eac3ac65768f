# SPDX-License-Identifier: Apache-2.0
"""How far before its input an output must begin, so that no write catches up with a later read.

A kernel takes steps, e.g. a pixel or two each. It writes its output from the beginning to the end.
If `written` elements are there when a step reads its input for the last time, and `lowest` is the
first element that it reads, then the input must begin `written - lowest` elements after the output
or later: what is written by then lies below what is read. The distance is the largest of all steps.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

# The first element that is read where nothing is: no write reaches it.
_NOTHING = np.iinfo(np.int64).max // 2
# Of more pixels nothing is found out: it would take time and memory.
_MOST_PIXELS = 1 << 20
NEVER = 1 << 62
"""A distance at which nothing is shared."""


def is_too_large(shape: Mapping[str, int]) -> bool:
    """Whether an output has so many pixels that the distance is NEVER."""
    return math.prod(shape[name] for name in ("batches", "out_h", "out_w")) > _MOST_PIXELS


def distance(written: np.ndarray | int, lowest: np.ndarray | int) -> int:
    """Finds the distance.

    Args:
      written: of each step how many elements of the output are there when it reads its input for
        the last time.
      lowest: of each step the first element that it reads, of the same shape.

    Returns:
      The least number of elements from the output's begin to the input's. Not below 0.
    """
    return max(0, int(np.max(np.asarray(written) - lowest, initial=0)))


def lowest_seen(shape: Mapping[str, int], channels: int) -> np.ndarray:
    """Finds the first element that each window sees.

    Args:
      shape: the fields of a `struct conv_2d`, `depthwise_conv_2d` or `pool_2d`.
      channels: of the input.

    Returns:
      int64 of batches, output's height, output's width: the place of channel 0 in the input; a
      very high number where the window sees nothing.
    """
    rows = _first_visible(shape, "h")
    columns = _first_visible(shape, "w")
    first = rows[:, None] * shape["in_w"] + columns
    first = np.where((rows[:, None] < 0) | (columns < 0), _NOTHING, first * channels)
    images = np.arange(shape["batches"], dtype=np.int64) * shape["in_h"] * shape["in_w"] * channels
    return np.minimum(first + images[:, None, None], _NOTHING)


def _first_visible(shape: Mapping[str, int], side: str) -> np.ndarray:
    """Finds in one dimension what each window's first tap in the image sees; -1 for none."""
    length, dilation = shape[f"in_{side}"], shape.get(f"dilation_{side}", 1)
    start = _starts(shape, side)
    tap = np.maximum(0, -(start // dilation))
    seen = start + tap * dilation
    return np.where((tap < shape[f"filter_{side}"]) & (seen < length), seen, -1)


def places(lowest: np.ndarray) -> np.ndarray:
    """Numbers the pixels of an output in the order in which they are written."""
    return np.arange(lowest.size, dtype=np.int64).reshape(lowest.shape)


def inside(shape: Mapping[str, int]) -> np.ndarray:
    """Finds of each window whether all that it sees is inside of the image.

    Args:
      shape: see `lowest_seen`.

    Returns:
      bool of output's height, output's width.
    """
    down, across = (
        (start >= 0) & (start + (shape[f"filter_{s}"] - 1) * shape.get(f"dilation_{s}", 1) < length)
        for s, start, length in ((s, _starts(shape, s), shape[f"in_{s}"]) for s in "hw")
    )
    return down[:, None] & across


def _starts(shape: Mapping[str, int], side: str) -> np.ndarray:
    steps = np.arange(shape[f"out_{side}"], dtype=np.int64)
    return steps * shape[f"stride_{side}"] - shape[f"pad_{side}"]


def one_by_one(shape: Mapping[str, int], groups: int, outputs: int) -> int:
    """Finds the distance of kernels that read a window for each output, then write it.

    Args:
      shape: see `lowest_seen`.
      groups: how many parts of the same size input channels and outputs have: the outputs of a part
        read its channels.
      outputs: of a pixel.

    Returns:
      The distance in elements.
    """
    if is_too_large(shape):
        return NEVER
    channels = shape["in_c"]
    lowest = lowest_seen(shape, channels)
    begin = places(lowest) * outputs
    # The last output of a group; what is between the first and the last group is between them.
    return max(
        distance(begin + (g + 1) * outputs // groups - 1, lowest + g * channels // groups)
        for g in (0, groups - 1)
    )


def in_fours(shape: Mapping[str, int], channels: int) -> int:
    """Finds the distance of kernels of four channels at a time, each made of itself.

    Args:
      shape: see `lowest_seen`.
      channels: of input and output: four at least. The last four may be partly those before them.

    Returns:
      The distance in elements.
    """
    if is_too_large(shape):
        return NEVER
    lowest = lowest_seen(shape, channels)
    again = -channels % 4
    return distance(places(lowest) * channels + again, lowest)


def patches(shape: Mapping[str, int], *, pairs: bool) -> int:
    """Finds the distance of kernels that copy what a pixel sees before they write it.

    Args:
      shape: the fields of a `struct conv_2d`; there is one group.
      pairs: whether two pixels are copied at a time, whose rows may differ, but not their batches.

    Returns:
      The distance in elements.
    """
    if is_too_large(shape):
        return NEVER
    lowest = lowest_seen(shape, shape["in_c"])
    lowest = lowest.reshape(len(lowest), -1)
    begin = places(lowest)
    if pairs:
        lowest = _both(lowest)
        begin = begin[:, ::2]
    return distance(begin * shape["out_c"], lowest)


def _both(lowest: np.ndarray) -> np.ndarray:
    """Takes the smaller one of each two in the last dimension; the last one may be alone."""
    alone = [(0, 0)] * (lowest.ndim - 1) + [(0, lowest.shape[-1] % 2)]
    padded = np.pad(lowest, alone, constant_values=_NOTHING)
    return np.minimum(padded[..., ::2], padded[..., 1::2])


def pairs_at_the_ends(rows: int) -> np.ndarray:
    """Numbers the first rows of pairs: what is between them is between them in all else, too.

    Args:
      rows: how many, two at a time.

    Returns:
      The first pair's, the last one's, and that of a row that is alone.
    """
    return np.unique([0, max(rows - 2, 0) // 2 * 2, (rows - 1) // 2 * 2]).astype(np.int64)


def read_in_fours(shape: Mapping[str, int]) -> int:
    """Finds the distance of kernels that read two pixels' windows again for each four outputs.

    Args:
      shape: the fields of a `struct conv_2d`; there is one group. Pixels may be in two rows.

    Returns:
      The distance in elements.
    """
    lowest = lowest_seen(shape, shape["in_c"])
    lowest = lowest.reshape(len(lowest), -1)
    begin = places(lowest)[:, ::2] * shape["out_c"]
    pair = np.arange(lowest.shape[1])[::2] + 1 < lowest.shape[1]
    # The last outputs are made of what is read after all others of both pixels are there.
    rest = (shape["out_c"] - 1) // 4 * 4
    second = shape["out_c"] + rest if rest else 0
    return distance(begin + np.where(pair, second, rest), _both(lowest))


def at_a_time(lowest: np.ndarray, count: int, outputs: int) -> int:
    """Finds the distance of kernels that read what several pixels see, then write all of them.

    Args:
      lowest: of each pixel the first element that it sees: batches, pixels.
      count: how many pixels of a batch; the last ones may be less.
      outputs: of a pixel.

    Returns:
      The distance in elements.
    """
    begin = places(lowest)[:, ::count] * outputs
    missing = -lowest.shape[1] % count
    padded = np.pad(lowest, [(0, 0), (0, missing)], constant_values=_NOTHING)
    return distance(begin, padded.reshape(*begin.shape, count).min(axis=2))


def rows_int8(rows: int, inputs: int, outputs: int) -> int:
    """Finds the distance of `fully_connected_rows_int8`: two rows at a time."""
    first = pairs_at_the_ends(rows)
    pair = first + 1 < rows
    return _direct(first * outputs, first * inputs, inputs, outputs, pair)


def _direct(
    begin: np.ndarray, lowest: np.ndarray, step: int, outputs: int, pair: np.ndarray
) -> int:
    """Finds the distance of `dense_pair_int8` and `dense_row_int8`, which read for each four.

    Args:
      begin: of each step how many outputs are written before it.
      lowest: the first element that its first window sees.
      step: from a window to the second one's.
      outputs: of a pixel.
      pair: whether the step has two windows.

    Returns:
      The distance in elements.
    """
    rest = (outputs - 1) // 4 * 4
    alone = distance(begin + rest, np.where(pair, _NOTHING, lowest))
    if outputs % 4 == 0:
        # The last four of both windows are summed, then written.
        written = outputs + rest if outputs > 4 else 0
        return max(alone, distance(begin + written, np.where(pair, lowest, _NOTHING)))
    # After the fours of both windows the rest of the first one, then of the second one.
    first = outputs + rest if rest else 0
    return max(
        alone,
        distance(begin + first, np.where(pair, lowest, _NOTHING)),
        distance(begin + outputs + rest, np.where(pair, lowest + step, _NOTHING)),
    )


def conv_2d_int8(shape: Mapping[str, int]) -> int:
    """Finds the distance of `conv_2d_int8`: two pixels of a row at a time.

    Args:
      shape: the fields of its `struct conv_2d`; there is one group.

    Returns:
      The distance in elements.
    """
    if is_too_large(shape):
        return NEVER
    f = shape
    lowest = lowest_seen(f, f["in_c"])
    begin = places(lowest)[:, :, ::2] * f["out_c"]
    pair = np.broadcast_to(np.arange(f["out_w"])[::2] + 1 < f["out_w"], begin.shape)
    seen = inside(f)
    # Both windows of a step are read where they are, or none.
    direct = seen[:, ::2] & np.pad(
        seen[:, 1::2], ((0, 0), (0, f["out_w"] % 2)), constant_values=True
    )
    direct &= f["dilation_w"] == 1 or f["filter_w"] == 1
    copied = np.where(direct, _NOTHING, _both(lowest))
    read = np.where(direct, lowest[:, :, ::2], _NOTHING)
    step = f["stride_w"] * f["in_c"]
    return max(distance(begin, copied), _direct(begin, read, step, f["out_c"], pair))
