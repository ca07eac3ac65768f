# SPDX-License-Identifier: Apache-2.0
"""Where activations lie in memory while an inference runs: the plans of TFLM and the compiler."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from matplotlib import axes as plots
from matplotlib import figure as drawings
from matplotlib import patches

from pages import markup
from pages.markup import Html
from pages.palette import Palette
from report import charts
from report.chain import Chain

ID = "memory"
TITLE = "Memory over time"


@dataclasses.dataclass(frozen=True)
class Box:
    """Something that lies in memory for a while.

    Attributes:
      name: what it is.
      offset: where it begins.
      bytes: how large it is.
      first: the first step in which it is needed.
      last: the last one.
    """

    name: str
    offset: int
    bytes: int
    first: int
    last: int


@dataclasses.dataclass(frozen=True)
class Plan:
    """A plan, of either engine.

    Attributes:
      title: whose.
      steps: what happens in each step.
      boxes: what lies where.
      bytes: the memory it takes.
    """

    title: str
    steps: Sequence[str]
    boxes: Sequence[Box]
    bytes: int


def plan_of_tflm(chain: Chain) -> Plan:
    """Takes TFLM's plan.

    Args:
      chain: the figures.

    Returns:
      The plan of the activations.
    """
    plan = chain.plan
    return Plan(
        "TFLM",
        [step.name for step in plan.steps],
        [
            Box(_short(t.name) or f"tensor {t.tensor}", t.offset, t.bytes, t.first, t.last)
            for t in plan.tensors
            if t.first >= 0
        ],
        plan.peak,
    )


def plan_of_compiler(chain: Chain) -> Plan:
    """Takes the compiler's plan.

    Args:
      chain: the figures.

    Returns:
      The plan of the working memory; values of the same bytes that follow each other are one box.
    """
    steps = [layer["operator"] for layer in chain.compiler["layers"]]
    boxes: list[Box] = []
    for buffer in chain.compiler["buffers"]:
        box = Box(
            _short(buffer["name"]) or "scratch memory",
            buffer["offset"],
            buffer["bytes"],
            buffer["first"],
            min(buffer["last"], len(steps) - 1),
        )
        same = [
            i
            for i, other in enumerate(boxes)
            if (other.offset, other.bytes) == (box.offset, box.bytes)
            and other.last >= box.first
            and other.first <= box.first
        ]
        if same:
            other = boxes[same[0]]
            boxes[same[0]] = dataclasses.replace(other, last=max(other.last, box.last))
        else:
            boxes.append(box)
    return Plan("Compiled C", steps, boxes, chain.compiler["working_memory"])


def _short(name: str) -> str:
    """The part of TensorFlow's name that tells layers apart: "model/fc/MatMul;…" is "fc"."""
    parts = name.split(";")[0].split("/")
    if len(parts) > 1:
        return parts[1] if parts[0] == "model" else parts[-1]
    if name.startswith("serving_default_"):
        return "input"
    return "output" if name.startswith("StatefulPartitionedCall") else name


def _overlap(box: Box, other: Box, step: int) -> bool:
    """Whether another box has bytes of a box in a step."""
    return (
        other != box
        and other.first <= step <= other.last
        and other.offset < box.offset + box.bytes
        and box.offset < other.offset + other.bytes
    )


def _draw(plot: plots.Axes, palette: Palette, plan: Plan, most: int) -> None:
    for i, box in enumerate(plan.boxes):
        colour = palette.series[i % 5]
        plot.add_patch(
            patches.Rectangle(
                (box.first, box.offset),
                box.last + 1 - box.first,
                box.bytes,
                facecolor=colour,
                edgecolor=palette.background,
                linewidth=0.8,
                alpha=0.75,
            )
        )
        if box.bytes > most / 18:
            # Where nothing else lies on it, if there is such a step.
            free = [
                step
                for step in range(box.first, box.last + 1)
                if not any(_overlap(box, other, step) for other in plan.boxes)
            ] or [box.first, box.last]
            end = "\n" if box.bytes > most / 7 else " "
            plot.text(
                (free[0] + free[-1] + 1) / 2,
                box.offset + box.bytes / 2,
                f"{box.name}{end}{box.bytes:,} B",
                ha="center",
                va="center",
                fontsize=7.5,
                color=palette.text,
            )
    plot.axhline(plan.bytes, color=palette.series[1], linewidth=1, linestyle="--")
    plot.set_xlim(0, len(plan.steps))
    plot.set_xticks(
        [i + 0.5 for i in range(len(plan.steps))],
        [name.replace("_MAX_POOL_2D", "\n+ MAX_POOL_2D") for name in plan.steps],
        rotation=40,
        ha="right",
        fontsize=7.5,
    )
    plot.set_ylim(0, most * 1.06)
    plot.set_title(f"{plan.title}: {plan.bytes:,} B")
    charts.without_frame(plot, grid="y")


def draw(chain: Chain, drawing: drawings.FigureBase, palette: Palette) -> None:
    """Draws both plans on the same scale.

    Args:
      chain: the figures.
      drawing: an empty figure.
      palette: its colours.
    """
    plans = plan_of_tflm(chain), plan_of_compiler(chain)
    most = max(plan.bytes for plan in plans)
    axes = drawing.subplots(1, 2, sharey=True)
    for plot, plan in zip(axes, plans, strict=True):
        _draw(plot, palette, plan, most)
    axes[0].set_ylabel("bytes")
    axes[0].yaxis.set_major_formatter("{x:,.0f}")


def _table(plan: Plan) -> Html:
    def step(i: int) -> str:
        return f"{i} {plan.steps[i]}"

    rows = [
        [box.name, step(box.first), step(box.last), f"{box.offset:,}", f"{box.bytes:,}"]
        for box in plan.boxes
    ]
    return markup.table(
        f"{plan.title}: plan of {plan.bytes:,} bytes",
        ["What", "From step", "To step", "Offset", "Bytes"],
        rows,
        text_columns=3,
    )


def section(chain: Chain) -> Html:
    """Makes the section.

    Args:
      chain: the figures.

    Returns:
      HTML.
    """
    tflm, compiled = plan_of_tflm(chain), plan_of_compiler(chain)
    chart = charts.svg(
        lambda drawing, palette: draw(chain, drawing, palette),
        name="chart-memory",
        title="Memory plans",
        description=f"TFLM plans {tflm.bytes:,} bytes in {len(tflm.steps)} steps, the"
        f" compiler {compiled.bytes:,} bytes in {len(compiled.steps)} steps.",
        size=(7.6, 4.0),
    )
    return markup.join(
        [
            markup.paragraph(
                f"TFLM's plan of the activations takes {tflm.bytes:,} bytes; with what TFLM"
                " needs to"
                f" know of the tensors, its arena has {chain.arena['arena_size']:,} bytes on the"
                " machine that builds. The compiler's working memory, for a Cortex-M4F, is"
                f" {compiled.bytes:,} bytes, and that is all: the rest of the plan is in the code.",
            ),
            charts.figure(
                chart,
                "Steps of an inference to the right, bytes upwards, both on one scale. Each box is"
                " something that is needed for so long; where boxes lie on each other, the"
                " layer writes over what"
                " it has read. The dashed line is what the plan takes.",
                label="Chart of memory plans",
            ),
            _table(tflm),
            _table(compiled),
        ]
    )
