# SPDX-License-Identifier: Apache-2.0
"""Charts of compiled C against TFLM and TFLM with CMSIS-NN, as SVG."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping

import matplotlib
from matplotlib import axes as plots
from matplotlib import figure as drawings
from matplotlib import patches

from benchmarks.figures import ENGINES, MODELS, Figure, Figures
from tools import page

CORE = "cortex_m4f"
"""The core of both charts."""

CHARTS: Mapping[str, tuple[str, Callable[[Figure], int]]] = {
    "instructions": (
        "Instructions of an inference, Cortex-M4F",
        lambda figure: figure.instructions,
    ),
    "memory": ("Bytes of RAM with stack, Cortex-M4F", lambda figure: figure.ram),
}
"""By name: the title and the figure that is drawn."""

# Grey and blue that have contrast enough on white and on black, as the page is transparent.
_TEXT = "#7a7f87"

COLOURS = {"reference": "#9198a1", "cmsis_nn": "#656c76", "compiled": "#2f81f7"}
"""Of the engines' bars."""

_STYLE = {
    "font.family": "sans-serif",
    "font.size": 9,
    # Text stays text, in the reader's font; names within the file don't change from run to run.
    "svg.fonttype": "none",
    "svg.hashsalt": "mnist_micro",
    "text.color": _TEXT,
}
_BAR = 0.8


def draw(figures: Figures, name: str) -> str:
    """Draws a chart: for each model a bar for each engine, relative to the model's largest one.

    Models differ by a factor of a hundred, so each has a scale of its own; the numbers stand at the
    bars.

    Args:
      figures: of the five models on CORE.
      name: one of CHARTS.

    Returns:
      The SVG file's text, the same for the same figures.

    Raises:
      PageError: a figure is missing.
    """
    title, size = CHARTS[name]
    with matplotlib.rc_context(_STYLE):
        drawing = drawings.Figure(figsize=(7.5, 4.6))
        plot = drawing.add_subplot()
        _bars(plot, figures, size)
        plot.set_title(title, loc="left", fontsize=11, fontweight="bold")
        written = io.StringIO()
        drawing.savefig(
            written,
            format="svg",
            transparent=True,
            bbox_inches="tight",
            metadata={"Date": None, "Creator": None, "Title": title},
        )
    # matplotlib leaves spaces at the ends of some lines.
    return "".join(line.rstrip() + "\n" for line in written.getvalue().splitlines())


def _bars(plot: plots.Axes, figures: Figures, size: Callable[[Figure], int]) -> None:
    for row, (model, label) in enumerate(MODELS.items()):
        numbers = {engine: _number(figures, model, engine, size) for engine in ENGINES}
        largest = max(numbers.values())
        for place, (engine, number) in enumerate(numbers.items()):
            y = row * (len(ENGINES) + 1) + place
            plot.barh(y, number / largest, height=_BAR, color=COLOURS[engine], linewidth=0)
            text = f"{short(number)}"
            if engine == "compiled":
                text += f", {number / numbers['cmsis_nn']:.2f} of TFLM + CMSIS-NN"
            plot.text(number / largest + 0.01, y, text, va="center")
        plot.text(
            -0.01,
            row * (len(ENGINES) + 1) + 1,
            label,
            ha="right",
            va="center",
            fontweight="bold",
        )
    plot.legend(
        handles=[
            patches.Patch(color=COLOURS[engine], label=title, linewidth=0)
            for engine, title in ENGINES.items()
        ],
        loc="upper center",
        bbox_to_anchor=(0.5, -0.01),
        ncols=len(ENGINES),
        frameon=False,
    )
    plot.invert_yaxis()
    plot.set_xlim(0, 1.15)
    plot.set_axis_off()


def _number(figures: Figures, model: str, engine: str, size: Callable[[Figure], int]) -> int:
    figure = figures.get(model, CORE, engine)
    if figure is None:
        raise page.PageError(f"{MODELS[model]} was not measured with {ENGINES[engine]}")
    return size(figure)


def short(number: int) -> str:
    """Writes a number with three digits, e.g. 162519 as "163 k"."""
    for unit, name in ((1_000_000, " M"), (1_000, " k")):
        if number >= unit:
            value = number / unit
            digits = 0 if value >= 99.95 else 1 if value >= 9.995 else 2
            return f"{value:.{digits}f}{name}"
    return f"{number}"
