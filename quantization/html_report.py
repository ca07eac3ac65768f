# SPDX-License-Identifier: Apache-2.0
"""What quantization costs, as a section of an HTML page, or as a page."""

from __future__ import annotations

import math

from pages import markup, page
from pages.markup import Html, element
from quantization import decibels, text_report
from quantization.analysis import CLASSES, LayerReport, Report

ID = "quantization"
TITLE = "Where quantization costs accuracy"

# Bars end here: an SNR above it needs no thought.
_FULL_DB = 60.0
_BAR = 60


def section(report: Report) -> Html:
    """Makes a section that any page with the style of pages.page can have.

    Args:
      report: what was measured.

    Returns:
      HTML: one <section> with its heading.
    """
    return page.section(ID, TITLE, body(report))


def page_of(report: Report) -> str:
    """Makes a page.

    Args:
      report: what was measured.

    Returns:
      HTML: a whole file.
    """
    return page.document(f"Quantization of {report.int8_name}", section(report))


def body(report: Report) -> Html:
    """Makes what is in the section, without its heading.

    Args:
      report: what was measured.

    Returns:
      HTML.
    """
    goal = text_report.goal(report)
    figures = [
        (f"{goal}, float", text_report.result(report, report.floating)),
        (f"{goal}, {report.kind}", text_report.result(report, report.quantized)),
        ("SNR of the output", decibels.with_unit(report.quantized.output_db)),
        (f"samples of {report.available:,}", f"{report.samples:,}"),
    ]
    if report.metric != CLASSES:
        del figures[:2]
    elif not report.labelled:
        del figures[:1]
    return markup.join(
        [
            markup.paragraph(f"{report.int8_name} against {report.float_name}."),
            markup.glance(figures),
            markup.bullets(text_report.verdict(report)),
            element("p", f"{text_report.confidence(report)}.", class_="muted"),
            _table(report),
            markup.bullets([*_legend(report), *text_report.notes(report)]),
        ]
    )


def _table(report: Report) -> Html:
    header = ["#", "layer", "SNR, dB", "own SNR, dB", "best SNR, dB", "weights, dB", "clipped"]
    header += ["worst channel", "in float", "alone"]
    rows: list[list[markup.Child]] = []
    for layer in report.layers:
        in_float = text_report.result(report, layer.in_float)
        changed = text_report.change(report, layer.in_float)
        rows.append(
            [
                layer.index,
                layer.label,
                decibels.text(layer.total_db),
                _bar(layer),
                decibels.text(layer.best_db),
                decibels.text(layer.weights_db),
                text_report.percent(layer.clipped),
                text_report.channel(layer),
                f"{in_float} ({changed})" if changed else in_float,
                text_report.result(report, layer.alone),
            ]
        )
    return markup.table(
        "Layers, in the order of execution",
        header,
        rows,
        text_columns=2,
        text=[7],
        marked=[report.layers.index(report.worst)],
    )


def _bar(layer: LayerReport) -> Html:
    """Draws a bar beside a number."""
    db = layer.own_db if math.isfinite(layer.own_db) else (_FULL_DB if layer.own_db > 0 else 0.0)
    width = round(_BAR * min(max(db, 0.0), _FULL_DB) / _FULL_DB)
    bar = element("rect", width=width, height=10, fill="var(--series-0)", opacity="0.6")
    svg = element("svg", bar, width=_BAR, height=10, aria_hidden="true")
    return markup.join([svg, " ", decibels.text(layer.own_db)])


def _legend(report: Report) -> list[str]:
    goal = text_report.goal(report)
    return [
        "SNR: power of the float model's values over that of the difference, in the"
        f" {report.kind} model.",
        "own SNR: the same of this layer by itself, of exact inputs. The marked layer adds most.",
        "best SNR: if only the layer's output were rounded to its integers.",
        "weights: SNR of the weights.",
        f"clipped: share of values at the end of the {report.kind} range of which the float"
        " model's value is more than a step beyond it.",
        f"in float: {goal} of the {report.kind} model with this layer in float"
        + (" (samples mended and broken by it)" if report.metric == CLASSES else "")
        + f"; alone: of the float model with this layer in {report.kind}.",
    ]
