# SPDX-License-Identifier: Apache-2.0
"""From a picture to the image of a digit that the model knows."""

from __future__ import annotations

import dataclasses

import numpy as np

from micro.pictures import components, filters, ink, normalization

_SMALLEST_SIDE = 320
"""Smaller pictures are enlarged to this, so that their grey edges become places of edges."""


class NoDigitError(ValueError):
    """A picture without a digit. The message says what is missing, and how to mend it."""


@dataclasses.dataclass(frozen=True)
class Digit:
    """A digit of a picture.

    Attributes:
      image: uint8, shape (28, 28): white on black, as MNIST's.
      others: how many shapes of about the same size are on the picture, too.
    """

    image: np.ndarray
    others: int


def find_digit(picture: np.ndarray) -> Digit:
    """Finds the digit of a picture, and makes of it an image like those of MNIST.

    Args:
      picture: float32, shape (H, W, 3): red, green and blue from 0 to 255.

    Returns:
      The digit.

    Raises:
      NoDigitError: nothing is on the picture, or nothing that could be a digit.
    """
    try:
        levels = ink.find_ink(enlarge(picture))
    except ink.NoInkError:
        raise NoDigitError(
            "is blank: nothing on it differs from its background: take a picture with more contrast"
        ) from None
    chosen, others = choose(levels >= 0.5)
    return Digit(normalization.normalize(keep(levels, chosen)), others)


def enlarge(picture: np.ndarray) -> np.ndarray:
    """Enlarges a small picture smoothly.

    Args:
      picture: float32, shape (H, W, 3).

    Returns:
      float32, shape (H, W, 3), with a longest side of at least 320.
    """
    height, width, _ = picture.shape
    ratio = _SMALLEST_SIDE / max(height, width)
    if ratio <= 1:
        return picture
    size = max(1, round(height * ratio)), max(1, round(width * ratio))
    bands = [filters.resize(np.ascontiguousarray(picture[..., band]), *size) for band in range(3)]
    return np.clip(np.stack(bands, axis=2), 0, 255)


def choose(mask: np.ndarray) -> tuple[np.ndarray, int]:
    """Chooses the shapes that make the digit.

    Specks go first. Shapes that touch the picture's border are shadows, edges of the paper, or
    lines: they go too, unless nothing else of some size is left. So do boxes and circles around
    something. Of the rest, the largest shape is the digit, with what is so near that it may be one
    of its strokes.

    Args:
      mask: bool, shape (H, W): where ink is.

    Returns:
      The pixels of the digit (bool, shape (H, W)), and the number of other shapes that are about as
      large.

    Raises:
      NoDigitError: there is none.
    """
    found = components.find_components(mask)
    sizes = found.boxes[:, 2:] - found.boxes[:, :2]
    longest = sizes.max(axis=1, initial=0)
    speck = longest < max(3, 0.02 * max(mask.shape))
    candidates = ~speck & ~found.at_border(1)
    if not (longest[candidates] >= 0.06 * max(mask.shape)).any():
        candidates = ~speck
    if not candidates.any():
        raise NoDigitError("has only specks on it: take a picture in which the digit is larger")
    candidates &= ~_around_others(found, candidates)
    main = int(np.argmax(np.where(candidates, found.areas, 0)))
    group = _group(found, candidates, main)
    others = candidates & ~group & (longest >= 0.6 * longest[main])
    return found.mask(group), int(others.sum())


def _around_others(found: components.Components, candidates: np.ndarray) -> np.ndarray:
    """The shapes that others lie in: the box of a form, a circle around a digit.

    A dot in a zero, or dust in it, is too small to make a frame of it. But the frame of a whole
    sheet may be much larger than the digit: its line is thin.
    """
    frames = np.zeros(len(candidates), bool)
    sizes = found.boxes[:, 2:] - found.boxes[:, :2]
    longest = sizes.max(axis=1)
    # As if each shape was a line along its box.
    thickness = found.areas / (2 * sizes.sum(axis=1))
    for frame in np.flatnonzero(candidates):
        box = found.boxes[frame]
        least = min(0.3 * longest[frame], max(0.1 * longest[frame], 12 * thickness[frame]))
        inner = candidates & (longest >= least)
        inner &= (found.boxes[:, :2] > box[:2]).all(axis=1)
        inner &= (found.boxes[:, 2:] < box[2:]).all(axis=1)
        if not inner.any():
            continue
        labels = found.labels[box[0] : box[2], box[1] : box[3]]
        # Of what is not the frame, the first component is what surrounds it.
        outside = components.find_components(np.pad(labels != frame + 1, 1, constant_values=True))
        inside = outside.labels[1:-1, 1:-1] > 1
        frames[frame] = inner[labels[inside & (labels > 0)] - 1].any()
    return frames


def _group(found: components.Components, candidates: np.ndarray, main: int) -> np.ndarray:
    """The shapes that belong to the main one."""
    group = np.zeros(len(candidates), bool)
    group[main] = True
    # Not specks beside the digit.
    candidates = candidates & (found.areas >= 0.03 * found.areas[main])
    box = found.boxes[main]
    while True:
        side = int((box[2:] - box[:2]).max())
        gaps = np.maximum(found.boxes[:, :2] - box[2:], box[:2] - found.boxes[:, 2:])
        near = candidates & ~group & (gaps.max(axis=1) <= 0.15 * side)
        near &= ~_beside(found.boxes, box)
        if not near.any():
            return group
        group |= near
        boxes = found.boxes[group]
        box = np.concatenate([boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)])


def _beside(boxes: np.ndarray, box: np.ndarray) -> np.ndarray:
    """Whether shapes stand beside another one, as tall as it: that is the next digit."""
    apart = (boxes[:, 1] >= box[3]) | (boxes[:, 3] <= box[1])
    return apart & (boxes[:, 2] - boxes[:, 0] >= 0.6 * (box[2] - box[0]))


def keep(levels: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """The ink of the chosen shapes, with their soft edges.

    Args:
      levels: float32, shape (H, W): all ink, from 0 to 1.
      chosen: bool, shape (H, W): the digit's pixels, all of which have a level of at least 0.5.

    Returns:
      float32, shape (H, W).
    """
    # Other shapes have levels of at least 0.5, too, and their soft edges are not near.
    near = filters.dilate(chosen, 3)
    return np.where(near & (chosen | (levels < 0.5)), levels, 0).astype(np.float32)
