# SPDX-License-Identifier: Apache-2.0
"""How weights and activations are spread over the 256 steps of their int8 grids."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from matplotlib import axes as plots
from matplotlib import figure as drawings

from pages import markup
from pages.markup import Html
from pages.palette import Palette
from report import charts
from report.chain import Chain

ID = "quantization"
TITLE = "Weights and activations on their grids"

_NO_VALUES = ("RESHAPE",)
"""Operators that only name memory in another way: the values are those of the layer before."""


_FEW = 20
"""Counts up to this one are drawn on a linear scale."""


def _thousands(count: int) -> str:
    """Writes a power of ten shortly: 10000 is "10 k"."""
    for unit, name in ((1_000_000, " M"), (1_000, " k")):
        if count >= unit:
            return f"{count // unit}{name}"
    return str(count)


def layers(chain: Chain) -> list[tuple[int, Mapping[str, Any]]]:
    """Lists the layers that compute values, with their numbers."""
    return [
        (i, layer)
        for i, layer in enumerate(chain.histograms["layers"])
        if layer["operator"] not in _NO_VALUES
    ]


def _draw_counts(
    plot: plots.Axes,
    palette: Palette,
    counts: Mapping[str, Any],
    *,
    real: Callable[[int], float],
    lowest: int,
) -> None:
    """Draws the counts of both models over the grid, of which every 16th step is a line."""
    steps = list(range(lowest, lowest + len(counts["int8"])))
    places = [real(step) for step in steps]
    same = counts["int8"] == counts["float32"]
    alpha = 0.9 if same else 0.5
    plot.fill_between(
        places, counts["int8"], step="mid", color=palette.series[0], alpha=alpha, linewidth=0
    )
    if not same:
        plot.step(places, counts["float32"], where="mid", color=palette.series[1], linewidth=0.7)
    plot.grid(False)
    for step in steps[::16] + steps[-1:]:
        plot.axvline(real(step), color=palette.grid, linewidth=0.6, zorder=0)
    plot.margins(x=0)
    plot.locator_params(axis="x", nbins=5)
    most = max(max(counts["int8"]), max(counts["float32"]), 1)
    if most > _FEW:
        plot.set_yscale("symlog", linthresh=1)
        # Not so many that their numbers touch.
        decades = [10**n for n in range(0, 10, 2) if 10**n <= most]
        plot.set_yticks([0, *decades], [_thousands(n) for n in [0, *decades]])
    else:
        plot.set_yticks(range(0, most + 1, -(-most // 5)))
    plot.minorticks_off()
    plot.set_ylim(bottom=0)


def draw_weights(chain: Chain, drawing: drawings.FigureBase, palette: Palette) -> None:
    """Draws the weights of each layer, in steps of their grids.

    Args:
      chain: the figures.
      drawing: an empty figure.
      palette: its colours.
    """
    found = [(i, layer) for i, layer in layers(chain) if layer["weights"]]
    axes = drawing.subplots(1, len(found), squeeze=False)[0]
    for plot, (i, layer) in zip(axes, found, strict=True):
        lowest = chain.histograms["lowest_step"]
        _draw_counts(plot, palette, layer["weights"], real=float, lowest=lowest)
        plot.set_title(f"{i} {layer['operator']}", fontsize=9)
        plot.set_xlabel("step of the grid")
    axes[0].set_ylabel("weights")


def draw_activations(chain: Chain, drawing: drawings.FigureBase, palette: Palette) -> None:
    """Draws what each layer outputs, in real values.

    Args:
      chain: the figures.
      drawing: an empty figure.
      palette: its colours.
    """
    found = layers(chain)
    columns = 3
    rows = -(-len(found) // columns)
    axes = drawing.subplots(rows, columns, squeeze=False).ravel()
    for plot, (i, layer) in zip(axes, found, strict=False):
        grid = layer["activations"]

        def real(step: int, grid: Mapping[str, Any] = grid) -> float:
            return grid["scale"] * (step - grid["zero_point"])

        _draw_counts(plot, palette, grid, real=real, lowest=chain.histograms["lowest_step"])
        plot.set_title(f"{i} {layer['operator']}", fontsize=9)
    for plot in axes[len(found) :]:
        plot.set_axis_off()
    for plot in axes[: len(found) : columns]:
        plot.set_ylabel("values")


def _used(counts: Sequence[int]) -> int:
    return sum(1 for n in counts if n)


def _moved(counts: Mapping[str, Any]) -> int:
    """How many values have another step than the nearest one, at the least."""
    pairs = zip(counts["float32"], counts["int8"], strict=True)
    return sum(abs(a - b) for a, b in pairs) // 2


def _weight_rows(chain: Chain) -> list[list[markup.Child]]:
    rows: list[list[markup.Child]] = []
    for i, layer in layers(chain):
        weights = layer["weights"]
        if not weights:
            continue
        scales = weights["scales"]
        low, high = min(scales), max(scales)
        rows.append(
            [
                f"{i} {layer['operator']}",
                " × ".join(map(str, weights["shape"])),
                f"{sum(weights['int8']):,}",
                f"{len(scales)}",
                f"{low:.3g}" if low == high else f"{low:.3g} to {high:.3g}",
                f"{_used(weights['int8'])} of 256",
                f"{_moved(weights):,}",
            ]
        )
    return rows


def _activation_rows(chain: Chain) -> list[list[markup.Child]]:
    rows: list[list[markup.Child]] = []
    lowest = chain.histograms["lowest_step"]
    for i, layer in layers(chain):
        grid = layer["activations"]
        scale, zero = grid["scale"], grid["zero_point"]
        total = sum(grid["float32"])
        beyond = grid["below"] + grid["above"]
        rows.append(
            [
                f"{i} {layer['operator']}",
                f"{scale:.5g}",
                zero,
                f"{scale * (lowest - zero):.4g} to {scale * (lowest + 255 - zero):.4g}",
                f"{_used(grid['int8'])} of 256",
                f"{beyond:,} of {total:,}",
            ]
        )
    return rows


def section(chain: Chain) -> Html:
    """Makes the section.

    Args:
      chain: the figures.

    Returns:
      HTML.
    """
    found = layers(chain)
    weighted = [layer for _, layer in found if layer["weights"]]
    rows_of_charts = -(-len(found) // 3)
    weights = charts.svg(
        lambda drawing, palette: draw_weights(chain, drawing, palette),
        name="chart-weights",
        title="Weights on their grids",
        description=f"Histograms of {len(weighted)} layers' weights over the 256 steps of int8;"
        " the table has their scales.",
        size=(7.6, 2.4),
    )
    activations = charts.svg(
        lambda drawing, palette: draw_activations(chain, drawing, palette),
        name="chart-activations",
        title="Activations on their grids",
        description=f"Histograms of what {len(found)} layers output over the 256 steps of int8;"
        " the table has their scales and ranges.",
        size=(7.6, 2.0 * rows_of_charts),
    )
    legend = (
        " Filled: how often the int8 model takes each step. Line, where it differs: the float32"
        " model's values, each at its nearest step. Vertical lines: every 16th step of the grid."
        " Counts above 20 are on a logarithmic scale."
    )
    return markup.join(
        [
            markup.paragraph(
                "int8 has 256 steps: a real value is scale × (step − zero point). Weights have a"
                " scale of their own for each channel of a convolution, and the zero point 0."
                f" Activations are those of {chain.histograms['images']:,} test images.",
            ),
            charts.figure(weights, "Weights." + legend, label="Chart of weights"),
            markup.table(
                "Weights",
                [
                    "Layer",
                    "Shape",
                    "Weights",
                    "Scales",
                    "A step is worth",
                    "Steps taken",
                    "Rounded otherwise",
                ],
                _weight_rows(chain),
            ),
            charts.figure(
                activations,
                "Activations, in real values." + legend,
                label="Chart of activations",
            ),
            markup.table(
                "Activations",
                [
                    "Layer",
                    "A step is worth",
                    "Zero point",
                    "Range of the grid",
                    "Steps taken",
                    "Values beyond the grid",
                ],
                _activation_rows(chain),
            ),
        ]
    )
