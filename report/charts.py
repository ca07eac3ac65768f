# SPDX-License-Identifier: Apache-2.0
"""Charts by matplotlib: as SVG in the page's colours, light or dark, and as PNG pictures.

A chart is a function that draws on a figure in the colours of a palette. In the page's SVG the
palette has no colours but names, which become CSS variables: so the reader's setting decides.
"""

from __future__ import annotations

import dataclasses
import io
import pathlib
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Mapping
from typing import Any

import matplotlib
from matplotlib import axes as plots
from matplotlib import figure as drawings
from matplotlib import font_manager

from pages.markup import Html, element, escape
from pages.palette import LIGHT, Palette, variables

# Only the fonts that come with matplotlib: with those of the machine each would make another page.
font_manager.fontManager.ttflist = [
    font
    for font in font_manager.fontManager.ttflist
    if pathlib.Path(font.fname).is_relative_to(matplotlib.get_data_path())
]


_NAMES = tuple(variables(LIGHT))
# Colours that nobody would choose, to be found again in the SVG.
_MARKS = {f"#fe01{i:02x}": name for i, name in enumerate(_NAMES)}
_BY_NAME = {name: mark for mark, name in _MARKS.items()}

OF_THE_PAGE = Palette(
    **{
        field.name: _BY_NAME[f"--{field.name}"]
        for field in dataclasses.fields(Palette)
        if field.name != "series"
    },
    series=tuple(_BY_NAME[f"--series-{i}"] for i in range(len(LIGHT.series))),
)
"""In the page's SVG: each colour stands for a CSS variable."""

Draw = Callable[[drawings.FigureBase, Palette], None]
"""Draws a chart on an empty figure."""

_FONT = 9


def _style(palette: Palette) -> Mapping[str, Any]:
    return {
        "axes.axisbelow": True,
        "axes.edgecolor": palette.muted,
        "axes.facecolor": "none",
        "axes.grid": True,
        "axes.labelcolor": palette.muted,
        "axes.labelsize": _FONT,
        "axes.linewidth": 0.8,
        "axes.spines.right": False,
        "axes.spines.top": False,
        "axes.titlecolor": palette.text,
        "axes.titlelocation": "left",
        "axes.titlesize": 10,
        "figure.constrained_layout.use": True,
        "figure.facecolor": "none",
        "font.family": "sans-serif",
        "font.sans-serif": ["DejaVu Sans"],
        "font.size": _FONT,
        "grid.color": palette.grid,
        "grid.linewidth": 0.6,
        "legend.frameon": False,
        "legend.labelcolor": palette.text,
        # Points of long curves that can't be seen are left out.
        "path.simplify": True,
        # Text stays text; names within the file don't change from run to run.
        "svg.fonttype": "none",
        "svg.hashsalt": "mnist_micro",
        "text.color": palette.text,
        "xtick.color": palette.muted,
        "xtick.labelsize": _FONT,
        "ytick.color": palette.muted,
        "ytick.labelsize": _FONT,
    }


def without_frame(plot: plots.Axes, *, grid: str = "x") -> None:
    """Takes the lines off a chart of bars.

    Args:
      plot: the chart.
      grid: the axis whose lines stay: "x" or "y".
    """
    plot.grid(False)
    plot.grid(True, axis=grid)  # type: ignore[arg-type]
    for side in ("left", "bottom"):
        plot.spines[side].set_visible(False)
    plot.tick_params(length=0)


def svg(draw: Draw, *, name: str, title: str, description: str, size: tuple[float, float]) -> Html:
    """Draws a chart for the page.

    Args:
      draw: draws it.
      name: unique in the page: letters, digits and hyphens.
      title: what it is.
      description: what can be seen in it, for those who can't.
      size: inches.

    Returns:
      An <svg> element. The same for the same data.
    """
    written = io.StringIO()
    with matplotlib.rc_context(dict(_style(OF_THE_PAGE))):
        drawing = drawings.Figure(figsize=size)
        draw(drawing, OF_THE_PAGE)
        drawing.savefig(
            written, format="svg", transparent=True, metadata={"Date": None, "Creator": None}
        )
    return _for_page(written.getvalue(), name=name, title=title, description=description)


def png(draw: Draw, palette: Palette, *, size: tuple[float, float], dpi: int = 110) -> bytes:
    """Draws a chart as a picture.

    Args:
      draw: draws it.
      palette: its colours.
      size: inches.
      dpi: pixels an inch.

    Returns:
      The PNG file's bytes; the same for the same data.
    """
    written = io.BytesIO()
    with matplotlib.rc_context(dict(_style(palette))):
        drawing = drawings.Figure(figsize=size, facecolor=palette.background)
        draw(drawing, palette)
        drawing.savefig(written, format="png", dpi=dpi, metadata={"Software": None})
    return written.getvalue()


_XLINK = "{http://www.w3.org/1999/xlink}"
_DECIMALS = re.compile(r"(\d+\.\d\d)\d+")
_REFERENCE = re.compile(r"url\(#([^)]+)\)")
_MARK = re.compile("|".join(_MARKS))


def _for_page(text: str, *, name: str, title: str, description: str) -> Html:
    """Makes a part of a page of matplotlib's SVG file."""
    # Ids are those of a file: in the page, which has many charts, each begins with a name.
    root = ElementTree.fromstring(text)
    for parent in list(root.iter()):
        for child in list(parent):
            # Its style would be the whole page's.
            if _local(child) == "metadata" or any(_local(one) == "style" for one in child):
                parent.remove(child)
    used = set()
    for one in root.iter():
        for value in one.attrib.values():
            used.update(_REFERENCE.findall(value))
        if f"{_XLINK}href" in one.attrib:
            used.add(one.attrib[f"{_XLINK}href"].removeprefix("#"))
    for one in root.iter():
        one.tag = _local(one)
        attributes = dict(one.attrib)
        one.attrib.clear()
        for key, value in attributes.items():
            if key == "id":
                if value in used:
                    one.attrib["id"] = f"{name}-{value}"
            elif key == f"{_XLINK}href":
                one.attrib["href"] = f"#{name}-{value.removeprefix('#')}"
            else:
                value = _REFERENCE.sub(rf"url(#{name}-\1)", value)
                value = re.sub(r"(font-family: [^;]*|font: [^;]*)(; |$)", _font_size, value)
                value = _DECIMALS.sub(r"\1", value)
                value = _MARK.sub(lambda match: f"var({_MARKS[match[0]]})", value)
                one.attrib[key] = " ".join(value.split())
        # Spaces between elements are only for those who read the file.
        one.tail = None
        if one.tag != "text" and one.text and not one.text.strip():
            one.text = None
    body = "".join(ElementTree.tostring(child, encoding="unicode") for child in root)
    return element(
        "svg",
        element("title", title, id=f"{name}-title"),
        element("desc", description, id=f"{name}-desc"),
        Html(body),
        viewBox=root.attrib["viewBox"],
        role="img",
        aria_labelledby=f"{name}-title {name}-desc",
        style=f"min-width: {float(root.attrib['viewBox'].split()[2]) / 72 * 76:.0f}px",
    )


def _local(one: ElementTree.Element) -> str:
    return str(one.tag).rpartition("}")[2]


def _font_size(match: re.Match[str]) -> str:
    """Keeps the size and weight of a font, and leaves the family to the page."""
    found = re.search(r"(\d+(?:\.\d+)?)px", match[0])
    return f"font-size: {found[1]}px{match[2]}" if found else ""


def figure(chart: Html, caption: str, *, label: str) -> Html:
    """Puts a chart into the page.

    Args:
      chart: of `svg`.
      caption: what it shows.
      label: what its region is called, which scrolls by itself on a narrow screen.

    Returns:
      A <figure> element.
    """
    region = element(
        "div", chart, class_="scroll chart", role="region", aria_label=label, tabindex=0
    )
    return element("figure", region, element("figcaption", escape(caption)))
