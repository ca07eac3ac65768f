# SPDX-License-Identifier: Apache-2.0
"""How often each engine is right, and whether they give the same answers."""

from __future__ import annotations

import numpy as np
from matplotlib import figure as drawings

from pages import markup
from pages.markup import Html
from pages.palette import Palette
from report import charts
from report.chain import ENGINES, Chain

ID = "accuracy"
TITLE = "Accuracy"

BASE = "int8"
"""The engine that the others are compared with: the model that goes to the chip, in Python."""


def draw(chain: Chain, drawing: drawings.FigureBase, palette: Palette) -> None:
    """Draws how many images each engine gets wrong.

    Args:
      chain: the figures.
      drawing: an empty figure.
      palette: its colours.
    """
    plot = drawing.add_subplot()
    wrong = [len(chain.labels) - chain.correct(engine) for engine in ENGINES]
    bars = plot.barh(list(ENGINES.values()), wrong, color=palette.series[0], height=0.65)
    plot.bar_label(
        bars,
        [f"{n} wrong, {1 - n / len(chain.labels):.2%} right" for n in wrong],
        padding=4,
        color=palette.text,
    )
    plot.set_xlim(0, max(wrong) * 1.45 or 1)
    plot.set_title(f"Images classified wrong, of {len(chain.labels):,}")
    plot.invert_yaxis()
    charts.without_frame(plot)


def differing(chain: Chain, engine: str) -> tuple[int, int]:
    """Compares an engine with BASE.

    Args:
      chain: the figures.
      engine: one of ENGINES.

    Returns:
      On how many images it gives another class, and on how many other scores.
    """
    other = chain.answers(engine) != chain.answers(BASE)
    scores = (chain.scores[engine] != chain.scores[BASE]).any(axis=1)
    return int(np.sum(other)), int(np.sum(scores))


def section(chain: Chain) -> Html:
    """Makes the section.

    Args:
      chain: the figures.

    Returns:
      HTML.
    """
    count = len(chain.labels)
    rows = []
    for engine, title in ENGINES.items():
        right = chain.correct(engine)
        classes, scores = differing(chain, engine)
        rows.append(
            [title, f"{right:,}", f"{right / count:.2%}", f"{count - right:,}"]
            + (["–", "–"] if engine == BASE else [f"{classes:,}", f"{scores:,}"])
        )
    same = all(differing(chain, engine) == (0, 0) for engine in ("tflm", "compiled"))
    chart = charts.svg(
        lambda drawing, palette: draw(chain, drawing, palette),
        name="chart-accuracy",
        title="Images classified wrong by each engine",
        description="; ".join(f"{row[0]}: {row[3]}" for row in rows) + ".",
        size=(7.6, 2.3),
    )
    return markup.join(
        [
            markup.paragraph(
                f"All {count:,} test images go through the network five times: as it was trained,"
                " as both converted models in TensorFlow's interpreter with its reference kernels,"
                " and as the two C++ classes that programs for chips are linked with. ",
                "The last three give the same ten scores for every image."
                if same
                else "The last three do not give the same scores for every image.",
            ),
            charts.figure(
                chart, "Wrong answers on the test images.", label="Chart of wrong answers"
            ),
            markup.table(
                f"Accuracy on {count:,} test images",
                [
                    "Engine",
                    "Right",
                    "Accuracy",
                    "Wrong",
                    "Other class than int8",
                    "Other scores than int8",
                ],
                rows,
            ),
        ]
    )
