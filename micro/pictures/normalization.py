# SPDX-License-Identifier: Apache-2.0
"""Makes of a digit's ink an image like those of MNIST.

"The original black and white (bilevel) images from NIST were size normalized to fit in a 20x20
pixel box while preserving their aspect ratio. The resulting images contain grey levels as a result
of the anti-aliasing technique used by the normalization algorithm. the images were centered in a
28x28 image by computing the center of mass of the pixels, and translating the image so as to
position this point at the center of the 28x28 field." (LeCun, Cortes, Burges,
http://yann.lecun.com/exdb/mnist/; also LeCun, Bottou, Bengio, Haffner, "Gradient-Based Learning
Applied to Document Recognition", Proceedings of the IEEE 86(11), 1998, section III.A.)
"""

from __future__ import annotations

import numpy as np

from micro.pictures import filters

SIDE = 28
BOX = 20

_CENTRE = 14
"""Row and column of the centre of mass, from 0: the mean over MNIST is 14.00, within 0.5."""

_FINE = 10
"""The digit's strokes are measured on a grid of so many pixels for each one of the result."""

LEAST_STROKE, MOST_STROKE = 2.0, 4.7
"""Of MNIST's training images, as `stroke_width` measures them, 95 % and 99 % are within these."""

_USUAL_STROKE = 2.4


def normalize(ink: np.ndarray) -> np.ndarray:
    """Crops, scales and centres a digit as those of MNIST are.

    Args:
      ink: float32, shape (H, W): 1 is ink, 0 is none; with some ink above 0.5.

    Returns:
      uint8, shape (28, 28): white on black.
    """
    return center(scale(set_stroke(crop(ink))))


def bounds(ink: np.ndarray) -> tuple[slice, slice]:
    """The rows and the columns with ink of at least a half.

    Args:
      ink: float32, shape (H, W).

    Returns:
      Slices of the rows and of the columns.

    Raises:
      ValueError: there is none.
    """
    rows = np.flatnonzero((ink >= 0.5).any(axis=1))
    columns = np.flatnonzero((ink >= 0.5).any(axis=0))
    if not len(rows):
        raise ValueError("no ink")
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)


def crop(ink: np.ndarray) -> np.ndarray:
    """Crops to the ink, and scales it so that its longer side has 200 pixels.

    Args:
      ink: float32, shape (H, W).

    Returns:
      float32, from 0 to 1, with 20 pixels more on each side, which are not all empty: the edges of
      strokes are soft.
    """
    rows, columns = bounds(ink)
    longest = max(rows.stop - rows.start, columns.stop - columns.start)
    ratio = BOX * _FINE / longest
    # A margin of a whole number of the picture's pixels.
    margin = int(np.ceil(2 * _FINE / ratio))
    part = np.pad(ink, margin)[
        rows.start : rows.stop + 2 * margin, columns.start : columns.stop + 2 * margin
    ]
    height, width = (max(1, round(side * ratio)) for side in part.shape)
    return np.clip(filters.resize(np.ascontiguousarray(part), height, width), 0, 1)


def stroke_width(ink: np.ndarray) -> float:
    """The mean width of the strokes, in pixels.

    A stroke that is much longer than wide has two edges of its length: its width is twice its area
    by the length of its edge. That length is the total variation (the coarea formula), which is the
    same
    for a sharp and for a soft edge.

    Args:
      ink: float32, shape (H, W), from 0 to 1.

    Returns:
      The width; 0 without ink.
    """
    padded = np.pad(ink, 1)
    across = (padded[1:-1, 2:] - padded[1:-1, :-2]) / 2
    down = (padded[2:, 1:-1] - padded[:-2, 1:-1]) / 2
    edge = float(np.hypot(across, down).sum())
    return 2 * float(ink.sum()) / edge if edge else 0.0


def set_stroke(ink: np.ndarray) -> np.ndarray:
    """Thickens strokes that are thinner than MNIST's, and thins those that are thicker.

    NIST's writers used pens of one kind on forms of one size. A thin pen on a large sheet would
    leave faint grey lines in 20 x 20 pixels.

    Args:
      ink: float32, shape (H, W): of `crop`.

    Returns:
      The same, of a larger shape if strokes grew.
    """
    width = stroke_width(ink) / _FINE
    if width < LEAST_STROKE:
        # A stroke of width w and a digit of 20 become w + 2r and 20 + 2r, which is then scaled to
        # 20.
        radius = (_USUAL_STROKE - width) / (2 - 2 * _USUAL_STROKE / BOX)
        pixels = round(radius * _FINE)
        return filters.dilate(np.pad(ink, pixels), pixels)
    if width > MOST_STROKE:
        radius = (width - MOST_STROKE) / (2 - 2 * MOST_STROKE / BOX)
        thinned = filters.erode(ink, round(radius * _FINE))
        # Thin parts of a thick digit are not given up.
        return thinned if _holds_together(ink, thinned) else ink
    return ink


def _holds_together(before: np.ndarray, after: np.ndarray) -> bool:
    """Whether a thinned digit is still about as large as it was."""
    if not (after >= 0.5).any():
        return False
    sizes = [max(part.stop - part.start for part in bounds(ink)) for ink in (before, after)]
    return sizes[1] > 0.6 * sizes[0]


def scale(ink: np.ndarray) -> np.ndarray:
    """Scales the ink to fit 20 x 20 pixels, with the mean of the ink under each.

    Args:
      ink: float32, shape (H, W).

    Returns:
      float32, from 0 to 1: 20 rows or 20 columns, and at most 20 of the others.
    """
    rows, columns = bounds(ink)
    part = np.ascontiguousarray(ink[rows, columns])
    longest = max(part.shape)
    height, width = (max(1, round(side * BOX / longest)) for side in part.shape)
    return np.clip(filters.resize(part, height, width), 0, 1)


def center(ink: np.ndarray) -> np.ndarray:
    """Puts the centre of mass in the centre of 28 x 28 pixels.

    Args:
      ink: float32, at most 20 x 20, not empty.

    Returns:
      uint8, shape (28, 28). All of the ink is in it: a digit whose mass is far from its middle is
      moved less.
    """
    image = np.zeros((SIDE, SIDE), np.uint8)
    place = []
    for axis, side in enumerate(ink.shape):
        mass = ink.sum(axis=1 - axis)
        middle = float((mass * np.arange(side)).sum() / mass.sum())
        start = int(np.clip(np.floor(_CENTRE - middle + 0.5), 0, SIDE - side))
        place.append(slice(start, start + side))
    image[place[0], place[1]] = np.floor(ink * 255 + 0.5)
    return image
