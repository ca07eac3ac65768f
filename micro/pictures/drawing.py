# SPDX-License-Identifier: Apache-2.0
"""Draws in a terminal: what the model sees, its scores as bars, and a table of many pictures."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from micro.pictures import engine

_BAR_WIDTH = 40

# From dark to bright. On a terminal with dark letters on white it is the negative.
_SHADES = " .:-=+*#%@"


def draw_image(image: np.ndarray, *, color: bool) -> str:
    """Draws an image.

    Args:
      image: uint8, shape (H, W), 0 is black; H is even.
      color: whether the terminal knows the 24 grey levels of ECMA-48's extended colours.

    Returns:
      With colour, lines of half blocks, each of two pixels, one above the other. Without, lines of
      letters, two for each pixel, which is then about square.
    """
    return _draw_half_blocks(image) if color else _draw_letters(image)


def _draw_letters(image: np.ndarray) -> str:
    shades = image.astype(int) * (len(_SHADES) - 1) // 255
    return "".join("".join(_SHADES[shade] * 2 for shade in row).rstrip() + "\n" for row in shades)


def _draw_half_blocks(image: np.ndarray) -> str:
    # Colours 232 to 255 are greys, 16 is black.
    greys = np.where(image < 8, 16, 231 + np.clip((image.astype(int) + 2) // 10, 1, 24))
    return "".join(
        "".join(
            f"\x1b[38;5;{upper};48;5;{lower}m▀"
            for upper, lower in zip(greys[row], greys[row + 1], strict=True)
        )
        + "\x1b[0m\n"
        for row in range(0, len(greys), 2)
    )


def draw_scores(prediction: engine.Prediction, *, color: bool) -> str:
    """Draws the ten scores as bars, in percent.

    Args:
      prediction: of an image.
      color: whether to show the highest one in bold.

    Returns:
      Ten lines.
    """
    lines = []
    for digit, probability in enumerate(prediction.probabilities):
        # Of a score that is not 0, something is to be seen.
        length = max(round(probability * _BAR_WIDTH), int(probability > 0))
        line = f"{digit} {100 * probability:5.1f} % {'#' * length}".rstrip()
        if color:
            line = line.replace("#", "█")
            line = f"\x1b[1m{line}\x1b[0m" if digit == prediction.digit else line
        lines.append(line + "\n")
    return "".join(lines)


def draw_table(rows: Sequence[tuple[str, engine.Prediction]]) -> str:
    """Formats many predictions as a table.

    Args:
      rows: name and prediction of each picture.

    Returns:
      A line of titles, and a line for each picture; nothing for no pictures.
    """
    if not rows:
        return ""
    cells = [("picture", "digit", "score", "next")]
    for name, prediction in rows:
        order = np.argsort(prediction.probabilities)[::-1]
        second = int(order[1] if order[0] == prediction.digit else order[0])
        following = prediction.probabilities[second]
        cells.append(
            (
                name,
                str(prediction.digit),
                f"{100 * prediction.probabilities[prediction.digit]:.1f} %",
                f"{second} {100 * following:.1f} %" if following else "",
            )
        )
    width = max(len(row[0]) for row in cells)
    return "".join(
        f"{name:<{width}}  {digit:>5}  {score:>7}  {runner_up:>8}".rstrip() + "\n"
        for name, digit, score, runner_up in cells
    )
