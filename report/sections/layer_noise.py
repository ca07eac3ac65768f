# SPDX-License-Identifier: Apache-2.0
"""In which layer quantization costs accuracy: what //quantization:report measured."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matplotlib import figure as drawings

from pages import markup
from pages.markup import Html
from pages.palette import Palette
from quantization import decibels
from report import charts
from report.chain import Chain

ID = "layer-noise"
TITLE = "Where quantization costs accuracy"

_MISSING = "–"


def _name(layer: Mapping[str, Any]) -> str:
    return f"{layer['index']} {layer['operator']}"


def draw(chain: Chain, drawing: drawings.Figure, palette: Palette) -> None:
    """Draws the noise that each layer adds by itself, and what it would add at least.

    Args:
      chain: the figures.
      drawing: the drawing to fill.
      palette: its colours.
    """
    plot = drawing.subplots()
    layers = chain.quantization["layers"]
    for offset, member, label, color in (
        (-0.2, "own_snr_db", "the layer by itself", palette.series[0]),
        (0.2, "best_snr_db", "if only its output were rounded", palette.series[1]),
    ):
        known = [
            (i + offset, layer[member])
            for i, layer in enumerate(layers)
            if isinstance(layer[member], (int, float))
        ]
        if known:
            places, values = zip(*known, strict=True)
            plot.barh(places, values, height=0.38, color=color, label=label)
    plot.set_yticks(range(len(layers)), [_name(layer) for layer in layers])
    plot.invert_yaxis()
    plot.grid(False, axis="y")
    plot.set_title("Signal-to-noise ratio, dB: more is better")
    drawing.legend(loc="outside lower center", ncols=2, frameon=False)


def section(chain: Chain) -> Html:
    """Makes the section.

    Args:
      chain: the figures.

    Returns:
      HTML.
    """
    found = chain.quantization
    layers = found["layers"]
    (worst,) = (layer for layer in layers if layer["index"] == found["worst_layer"])
    is_limited = worst["kept_snr_db"] != worst["own_snr_db"]
    behind = " behind the operators that limit its output" if is_limited else ""
    low, high = found["int8_share_interval_95"]
    rows: list[list[markup.Child]] = [
        [
            _name(layer),
            decibels.text(layer["snr_db"], _MISSING),
            decibels.text(layer["own_snr_db"], _MISSING),
            decibels.text(layer["best_snr_db"], _MISSING),
            decibels.text(layer["weights_snr_db"], _MISSING),
            f"{layer['clipped_share']:.2%}",
            _MISSING
            if layer["worst_channel"] is None
            else f"{layer['worst_channel']['index']} of {layer['channels']}",
            f"{layer['in_float']['right']:,} (+{layer['in_float']['mended']}"
            f" −{layer['in_float']['broken']})",
            f"{layer['alone']['right']:,}",
        ]
        for layer in layers
    ]
    return markup.join(
        [
            markup.paragraph(
                f"Of {found['samples']:,} images the float32 model has"
                f" {found['float']['right']:,} right, the int8 model {found['int8']['right']:,}"
                f" (with 95 % confidence {low:.2%} to {high:.2%}). {_name(worst)} adds most noise:"
                f" {decibels.with_unit(worst['kept_snr_db'])}{behind}. With this layer in float,"
                f" {worst['in_float']['right']:,} are right.",
            ),
            charts.figure(
                charts.svg(
                    lambda drawing, palette: draw(chain, drawing, palette),
                    name="chart-layer-noise",
                    title="Noise of each layer",
                    description="The signal-to-noise ratio of each layer by itself, and the best"
                    " one that its output could have. The table has all figures.",
                    size=(7.6, 1.2 + 0.42 * len(layers)),
                ),
                "Power of the float32 model's values over that of the difference from them. 6 dB"
                " more is half of the error.",
                label="Chart of the noise of each layer",
            ),
            markup.table(
                "Each layer: signal-to-noise ratios in dB, clipped values, and images that are"
                " right",
                [
                    "Layer",
                    "SNR",
                    "Own",
                    "Best",
                    "Weights",
                    "Clipped",
                    "Worst channel",
                    "In float",
                    "Alone in int8",
                ],
                rows,
            ),
            markup.paragraph(
                "SNR: of the output in the int8 model, the errors of all layers so far. Own: of the"
                " layer by itself, on exact inputs. In float: how many images the int8 model has"
                " right with this layer in float, and how many of them that mends and breaks."
                " Alone: the float32 model with this layer in int8."
            ),
        ]
    )
