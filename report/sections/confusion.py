# SPDX-License-Identifier: Apache-2.0
"""Which digit is taken for which."""

from __future__ import annotations

import numpy as np

from pages import markup
from pages.markup import Html, element
from report.chain import CLASSES, ENGINES, Chain

ID = "confusion"
TITLE = "Confusion matrix"

ENGINE = "compiled"
"""Whose answers are shown: what runs on the chip."""

NAME = "compiled C"

_SHADES = 5


def matrix(chain: Chain, engine: str = ENGINE) -> np.ndarray:
    """Counts answers by digit.

    Args:
      chain: the figures.
      engine: one of ENGINES.

    Returns:
      int64, shape (10, 10): rows are what the images are, columns what they were taken for.
    """
    counts = np.zeros((CLASSES, CLASSES), np.int64)
    np.add.at(counts, (chain.labels, chain.answers(engine)), 1)
    return counts


def _cell(counts: np.ndarray, row: int, column: int) -> Html:
    count = int(counts[row, column])
    if row == column:
        return element("td", f"{count:,}", class_="number right")
    mistakes = counts.copy()
    np.fill_diagonal(mistakes, 0)
    most = int(mistakes.max())
    shade = -(-count * _SHADES // most) if most else 0
    kind = f"number shade-{shade}" if count else "number zero"
    return element("td", count, class_=kind)


def section(chain: Chain) -> Html:
    """Makes the section.

    Args:
      chain: the figures.

    Returns:
      HTML.
    """
    counts = matrix(chain)
    header = [element("th", "Image of", scope="col")]
    header += [
        element("th", f"→ {digit}", scope="col", class_="number") for digit in range(CLASSES)
    ]
    header += [element("th", "Right", scope="col", class_="number")]
    body = []
    for digit in range(CLASSES):
        total = int(counts[digit].sum())
        share = f"{counts[digit, digit] / total:.2%}" if total else "–"
        body.append(
            element(
                "tr",
                element("th", digit, scope="row"),
                *(_cell(counts, digit, other) for other in range(CLASSES)),
                element("td", share, class_="number"),
            )
        )
    caption = "Rows: the digit of the image. Columns: what it was taken for."
    table = element(
        "table",
        element("caption", caption),
        element("thead", element("tr", *header)),
        element("tbody", *body),
        class_="matrix",
    )
    pairs = sorted(
        ((int(counts[a, b]), a, b) for a in range(CLASSES) for b in range(CLASSES) if a != b),
        key=lambda item: (-item[0], item[1:]),
    )
    worst = [f"{a} for {b}, {n} times" for n, a, b in pairs[:3] if n]
    other = [
        title
        for engine, title in ENGINES.items()
        if engine != ENGINE and (matrix(chain, engine) == counts).all()
    ]
    text = f"The answers of {NAME}."
    if other:
        text += f" Those of {' and of '.join(other)} give the same matrix."
    if worst:
        text += f" The most frequent mistakes: {'; '.join(worst)}."
    return markup.join(
        [markup.paragraph(text), markup.scrolling(table, label="Table: confusion matrix")]
    )
