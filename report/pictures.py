# SPDX-License-Identifier: Apache-2.0
"""What the README shows of the page: charts in one picture, in light and in dark colours."""

from __future__ import annotations

import io

from matplotlib import figure as drawings
from PIL import Image

from pages.palette import DARK, LIGHT, Palette
from report import charts
from report.chain import Chain
from report.sections import comparison, instructions, memory, mistakes, sizes, training

PALETTES = {"light": LIGHT, "dark": DARK}
"""By the end of the picture's name."""

_DIGITS = 18
_COLOURS = 96
_SIZE = (10.0, 14.5)


def _draw_digits(chain: Chain, drawing: drawings.FigureBase, palette: Palette) -> None:
    """Draws the first digits that are misclassified, in a row."""
    axes = drawing.subplots(1, _DIGITS, squeeze=False)[0]
    indices = mistakes.wrong(chain)[:_DIGITS]
    colours = "gray_r" if palette == LIGHT else "gray"
    for plot in axes:
        plot.set_axis_off()
    for plot, i in zip(axes, indices, strict=False):
        plot.imshow(chain.images[i], cmap=colours, interpolation="nearest")
        answer = int(chain.answers(mistakes.ENGINE)[i])
        plot.set_title(f"{chain.labels[i]} → {answer}", fontsize=8, loc="center")


def draw(chain: Chain, drawing: drawings.FigureBase, palette: Palette) -> None:
    """Draws all of it.

    Args:
      chain: the figures; firmware was measured.
      drawing: an empty figure.
      palette: its colours.
    """
    rows = drawing.subfigures(5, 1, height_ratios=(2.2, 0.75, 2.7, 5.6, 1.9), hspace=0.02)
    training.draw(chain, rows[0], palette)
    _draw_digits(chain, rows[1], palette)
    left, right = rows[2].subfigures(1, 2, width_ratios=(0.47, 0.53))
    sizes.draw(chain, left, palette)
    memory.draw(chain, right, palette)
    instructions.draw(chain, rows[3], palette)
    comparison.draw(chain, rows[4], palette)


def make(chain: Chain, theme: str) -> bytes:
    """Makes a picture.

    Args:
      chain: the figures.
      theme: one of PALETTES.

    Returns:
      A PNG file of few colours, so that it stays small; the same for the same figures.
    """
    palette = PALETTES[theme]
    drawn = charts.png(
        lambda drawing, colours: draw(chain, drawing, colours), palette, size=_SIZE, dpi=90
    )
    written = io.BytesIO()
    with Image.open(io.BytesIO(drawn)) as picture:
        few = picture.convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE)
        few.save(written, format="PNG", optimize=True)
    return written.getvalue()
