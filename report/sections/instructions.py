# SPDX-License-Identifier: Apache-2.0
"""How many instructions each operator takes on each emulated board."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matplotlib import figure as drawings

from benchmarks.figures import CORES, ENGINES
from pages import markup
from pages.markup import Html
from pages.palette import Palette
from report import charts
from report.chain import Chain

ID = "instructions"
TITLE = "Instructions by operator"

REST = "interpreter"
"""What TFLM takes between the operators."""


def by_operator(report: Mapping[str, Any]) -> dict[str, int]:
    """Adds up the instructions of each kind of operator.

    Args:
      report: of firmware_report.

    Returns:
      Instructions by operator, in the order of execution, and REST of the interpreter.
    """
    found: dict[str, int] = {}
    for operator in report["operators"]:
        if operator["depth"] == 0:
            name = operator["name"]
            found[name] = found.get(name, 0) + operator["instructions"]
    if report["kernels"] != "compiled":
        found[REST] = report["instructions"]["interpreter"]
    return found


def operators(chain: Chain) -> list[str]:
    """Lists all operators of the reports, in the order of execution, and REST at the end."""
    names: list[str] = []
    for report in chain.mnist_reports():
        for name in by_operator(report):
            if name in names or name == REST:
                continue
            # An operator with another one fused into it comes after the former alone.
            alone = [i for i, other in enumerate(names) if name.startswith(other)]
            names.insert(alone[-1] + 1 if alone else len(names), name)
    return [*names, REST]


def _colours(names: list[str], palette: Palette) -> dict[str, str]:
    """One colour for an operator, also where another one is fused into it."""
    colours: dict[str, str] = {}
    for name in names:
        root = next((other for other in colours if name.startswith(other)), None)
        if name == REST:
            colours[name] = palette.series[5]
        elif root:
            colours[name] = colours[root]
        else:
            used = len(set(colours.values()))
            colours[name] = palette.series[used % 5]
    return colours


def draw(chain: Chain, drawing: drawings.FigureBase, palette: Palette) -> None:
    """Draws a chart for each engine: a bar for each board, of its operators.

    Args:
      chain: the figures.
      drawing: an empty figure.
      palette: its colours.
    """
    reports = chain.mnist_reports()
    engines = [engine for engine in ENGINES if any(r["kernels"] == engine for r in reports)]
    # An operator that takes nothing has no colour to look for.
    names = [
        name
        for name in operators(chain)
        if any(
            by_operator(r).get(name, 0) > 0.005 * r["instructions"]["inference"] for r in reports
        )
    ]
    colours = _colours(names, palette)
    axes = drawing.subplots(len(engines), 1, squeeze=False)[:, 0]
    shown: set[str] = set()
    for plot, engine in zip(axes, engines, strict=True):
        rows = [r for r in reports if r["kernels"] == engine]
        titles = [CORES.get(r["core"], r["core"]) for r in rows]
        done = [0.0] * len(rows)
        for name in names:
            widths = [by_operator(r).get(name, 0) / 1000 for r in rows]
            # The legend names a colour once; what is fused has that of its first operator.
            label = name if colours[name] not in {colours[other] for other in shown} else None
            if any(widths):
                plot.barh(
                    titles,
                    widths,
                    left=done,
                    color=colours[name],
                    height=0.68,
                    label=label,
                    edgecolor=palette.background,
                    linewidth=0.5,
                )
                if label:
                    shown.add(name)
            done = [a + b for a, b in zip(done, widths, strict=True)]
        for i, r in enumerate(rows):
            total = r["instructions"]["inference"]
            plot.annotate(
                f"{total:,}",
                (done[i], i),
                xytext=(4, 0),
                textcoords="offset points",
                va="center",
                color=palette.text,
            )
        plot.set_xlim(0, max(done) * 1.16)
        plot.set_title(f"{ENGINES[engine]}: thousand instructions of an inference")
        plot.xaxis.set_major_formatter("{x:,.0f}")
        plot.invert_yaxis()
        charts.without_frame(plot)
    layout = drawing.get_layout_engine()
    if layout is not None:
        layout.set(hspace=0.06)  # type: ignore[call-arg]
    drawing.legend(loc="outside lower center", ncols=3)


def section(chain: Chain) -> Html:
    """Makes the section.

    Args:
      chain: the figures.

    Returns:
      HTML.
    """
    reports = chain.mnist_reports()
    if not reports:
        return markup.missing("Instructions were", chain.missing)
    names = operators(chain)
    engines = [engine for engine in ENGINES if any(r["kernels"] == engine for r in reports)]
    rows: list[list[markup.Child]] = []
    for r in sorted(
        reports, key=lambda r: (list(CORES).index(r["core"]), engines.index(r["kernels"]))
    ):
        counts = by_operator(r)
        rows.append(
            [
                f"{CORES[r['core']]}",
                ENGINES[r["kernels"]],
                f"{r['instructions']['inference']:,}",
                *(markup.number(counts.get(name)) for name in names),
                f"{r['estimated_cycles']['inference']:,}",
            ]
        )
    chart = charts.svg(
        lambda drawing, palette: draw(chain, drawing, palette),
        name="chart-instructions",
        title="Instructions by operator on each emulated core",
        description="; ".join(f"{row[0]} with {row[1]}: {row[2]}" for row in rows) + ".",
        size=(7.6, 0.26 * len(reports) + 0.75 * len(engines) + 0.6),
    )
    parts = [
        markup.paragraph(
            "Counted in QEMU, exactly: an inference of MNIST's network on a board of each core."
            " Layers"
            " of compiled C are measured in a program of their own that shows them, so their"
            " sum may"
            " differ from the whole by a few instructions. Cycles are estimates by LLVM's model"
            " of the"
            " core, without memory's wait states and caches.",
        ),
        charts.figure(
            chart,
            "Each engine has a scale of its own.",
            label="Chart of instructions",
        ),
        markup.table(
            "Instructions of an inference by operator",
            ["Core", "Engine", "All", *map(markup.breakable, names), "Cycles, estimated"],
            rows,
            text_columns=2,
        ),
    ]
    if chain.missing:
        parts.append(markup.missing("Some firmware was", chain.missing))
    return markup.join(parts)
