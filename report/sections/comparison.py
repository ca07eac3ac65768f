# SPDX-License-Identifier: Apache-2.0
"""Compiled C against TFLM, CMSIS-NN and LiteRT, for MNIST's network and MLPerf Tiny's."""

from __future__ import annotations

from matplotlib import figure as drawings

from benchmarks import goals
from benchmarks.figures import CORES, ENGINES, MODELS, Figures, from_report, ratio
from pages import markup
from pages.markup import Html
from pages.palette import Palette
from report import charts
from report.chain import Chain

ID = "comparison"
TITLE = "Against CMSIS-NN and LiteRT"

CORE = "cortex_m4f"
_M55 = "cortex_m55"
_ON_A_PC = {"litert": "LiteRT", "tflm": "TFLM", "compiled": "Compiled C"}


def figures(chain: Chain) -> Figures:
    """Takes the figures of all reports."""
    return Figures(from_report(report) for report in chain.firmware)


def shares(chain: Chain) -> dict[tuple[str, str], float]:
    """Divides compiled C's instructions by those with CMSIS-NN.

    Args:
      chain: the figures.

    Returns:
      By model and core, what was measured of both.
    """
    found = figures(chain)
    result = {}
    for model in MODELS:
        for core in (CORE, _M55):
            compiled, base = found.get(model, core), found.get(model, core, "cmsis_nn")
            share = ratio(
                compiled.instructions if compiled else None, base.instructions if base else None
            )
            if share is not None:
                result[model, core] = share
    return result


def times(chain: Chain) -> dict[str, dict[str, float | None]]:
    """Takes the least times on a PC.

    Args:
      chain: the figures.

    Returns:
      Microseconds by model and engine of _ON_A_PC.
    """
    measured = goals.times_from_json(chain.times)
    return {
        model: {engine: measured.of(model, engine) for engine in _ON_A_PC}
        for model in MODELS
        if measured.of(model, "litert")
    }


def draw(chain: Chain, drawing: drawings.FigureBase, palette: Palette) -> None:
    """Draws compiled C's share of CMSIS-NN's instructions and of LiteRT's time.

    Args:
      chain: the figures.
      drawing: an empty figure.
      palette: its colours.
    """
    found, on_a_pc = shares(chain), times(chain)
    panels: list[tuple[str, dict[str, float]]] = [
        (
            f"Instructions, {CORES[core]}: of CMSIS-NN's",
            {model: share for (model, of), share in found.items() if of == core},
        )
        for core in (CORE, _M55)
        if any(of == core for _, of in found)
    ]
    times_of = {
        model: row["compiled"] / row["litert"]
        for model, row in on_a_pc.items()
        if row["compiled"] and row["litert"]
    }
    panels.append(("Time, x86-64: of LiteRT's", times_of))
    axes = drawing.subplots(1, len(panels), squeeze=False)[0]
    for i, (plot, (title, values)) in enumerate(zip(axes, panels, strict=True)):
        names = [model.upper() for model in values]
        bars = plot.barh(names, list(values.values()), color=palette.series[i], height=0.65)
        plot.bar_label(bars, [f"{v:.2f}" for v in values.values()], padding=3, color=palette.text)
        plot.axvline(1, color=palette.muted, linewidth=1, linestyle="--")
        plot.set_xlim(0, max(1.08, *(v * 1.2 for v in values.values())))
        plot.set_title(title, fontsize=9)
        plot.invert_yaxis()
        charts.without_frame(plot)


def _on_chips(chain: Chain) -> Html:
    found = figures(chain)
    rows: list[list[markup.Child]] = []
    for model, title in MODELS.items():
        for core in (CORE, _M55):
            base = found.get(model, core, "cmsis_nn")
            for engine, name in ENGINES.items():
                figure = found.get(model, core, engine)
                if figure is None:
                    continue
                share = ratio(figure.instructions, base.instructions if base else None)
                rows.append(
                    [
                        title,
                        CORES[core],
                        name,
                        f"{figure.instructions:,}",
                        markup.number(share, 2),
                        f"{figure.arena:,}",
                        f"{figure.ram:,}",
                        f"{figure.flash:,}",
                        f"{figure.code:,}",
                    ]
                )
    return markup.table(
        "On emulated chips",
        [
            "Network",
            "Core",
            "Engine",
            "Instructions",
            "Of CMSIS-NN's",
            "Arena, B",
            "All RAM, B",
            "Flash, B",
            "Flash without model, B",
        ],
        rows,
        text_columns=3,
    )


def _on_a_pc(chain: Chain) -> Html:
    rows: list[list[markup.Child]] = []
    for model, row in times(chain).items():
        rows.append(
            [
                MODELS[model],
                *(markup.number(row[engine], 2) for engine in _ON_A_PC),
                markup.number(ratio(row["compiled"], row["litert"]), 2),
            ]
        )
    return markup.table(
        "Microseconds of an inference on a PC, one thread, least of 30 rounds",
        ["Network", *_ON_A_PC.values(), "Of LiteRT's"],
        rows,
    )


def section(chain: Chain) -> Html:
    """Makes the section.

    Args:
      chain: the figures.

    Returns:
      HTML.
    """
    found = shares(chain)
    description = "; ".join(
        f"{MODELS[model]} on {CORES[core]}: {share:.2f}" for (model, core), share in found.items()
    )
    chart = charts.svg(
        lambda drawing, palette: draw(chain, drawing, palette),
        name="chart-comparison",
        title="Compiled C as a share of CMSIS-NN's instructions and LiteRT's time",
        description=f"{description or 'No chips were measured'}. The tables have all figures.",
        size=(7.6, 2.5),
    )
    parts = [
        markup.paragraph(
            f"TFLM is {chain.tflm}. The times are not of this build: {chain.times['cpu']},"
            f" {chain.times['compiler']}, as //benchmarks:inference wrote them.",
        ),
        charts.figure(
            chart,
            "Compiled C: the dashed line is as much as the other engine takes.",
            label="Chart of comparisons",
        ),
    ]
    if chain.firmware:
        parts.append(_on_chips(chain))
    parts.append(_on_a_pc(chain))
    if chain.missing:
        parts.append(markup.missing("Some of it was", chain.missing))
    return markup.join(parts)
