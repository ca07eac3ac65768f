# SPDX-License-Identifier: Apache-2.0
"""The colours of pages and charts, light and dark."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True)
class Palette:
    """Colours, as matplotlib and CSS take them.

    Attributes:
      background: of the page.
      text: of text.
      muted: of axes and less important text.
      grid: of lines in the background.
      series: of what is drawn, told apart by colour-blind eyes too.
    """

    background: str
    text: str
    muted: str
    grid: str
    series: tuple[str, ...]


# Okabe and Ito's colours, lighter or darker where the background asks for it.
LIGHT = Palette(
    background="#ffffff",
    text="#1f2328",
    muted="#59636e",
    grid="#d8dee4",
    series=("#0072b2", "#d55e00", "#009e73", "#b8527f", "#b07d00", "#6e7781"),
)
DARK = Palette(
    background="#0d1117",
    text="#e6edf3",
    muted="#9aa4af",
    grid="#30363d",
    series=("#56b4e9", "#f08a4b", "#2fc49a", "#e08bb5", "#e0b341", "#8d96a0"),
)


def variables(palette: Palette) -> dict[str, str]:
    """Names a palette's colours as CSS variables.

    Args:
      palette: the colours.

    Returns:
      E.g. {"--text": "#1f2328", …, "--series-0": …}.
    """
    named = {
        f"--{field.name}": getattr(palette, field.name)
        for field in dataclasses.fields(palette)
        if field.name != "series"
    }
    return named | {f"--series-{i}": colour for i, colour in enumerate(palette.series)}


def declarations(palette: Palette) -> str:
    """Writes a palette's colours as CSS.

    Args:
      palette: the colours.

    Returns:
      E.g. "--text: #1f2328; …".
    """
    return " ".join(f"{name}: {value};" for name, value in variables(palette).items())
