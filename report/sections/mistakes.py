# SPDX-License-Identifier: Apache-2.0
"""Every test image that an engine takes for another digit, as a picture with its scores."""

from __future__ import annotations

import base64
import io

import numpy as np
from PIL import Image

from pages import markup
from pages.markup import Html, element
from report.chain import CLASSES, ENGINES, Chain

ID = "mistakes"
TITLE = "Misclassified digits"

ENGINE = "compiled"
"""Whose scores are shown."""

NAME = "compiled C"


def picture(image: np.ndarray) -> str:
    """Makes a picture for a page.

    Args:
      image: uint8, shape (28, 28): bright on dark.

    Returns:
      The PNG as a data: URL, dark on bright, with 16 levels of grey: more can't be seen.
    """
    levels = (255 - image.astype(np.int32)) // 16 * 17
    drawn = Image.fromarray(levels.astype(np.uint8), "L").quantize(16)
    written = io.BytesIO()
    drawn.save(written, format="PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(written.getvalue()).decode()


def wrong(chain: Chain) -> list[int]:
    """Lists the images that at least one engine takes for another digit, in their order."""
    answers = np.stack([chain.answers(engine) for engine in ENGINES])
    return np.flatnonzero((answers != chain.labels).any(axis=0)).tolist()


def _others(chain: Chain, index: int) -> str:
    """Names the engines that answer otherwise, with their answers."""
    usual = int(chain.answers(ENGINE)[index])
    found: dict[int, list[str]] = {}
    for engine, title in ENGINES.items():
        answer = int(chain.answers(engine)[index])
        if answer != usual:
            found.setdefault(answer, []).append(title)
    return "; ".join(f"{' and '.join(titles)}: {answer}" for answer, titles in found.items())


def _item(chain: Chain, index: int) -> Html:
    label = int(chain.labels[index])
    scores = chain.scores[ENGINE][index]
    answer = int(scores.argmax())
    others = _others(chain, index)
    outcome = f"taken for {answer}" if answer != label else "right"
    return element(
        "li",
        element(
            "figure",
            element(
                "img",
                src=picture(chain.images[index]),
                alt=f"Test image {index}, a handwritten {label}",
                width=56,
                height=56,
            ),
            element(
                "figcaption",
                element("span", f"#{index}", class_="muted"),
                element("br"),
                element("strong", f"{label}, {outcome}"),
                element("br"),
                f"{answer}: {scores[answer]:.1%}",
                *([element("br"), f"{label}: {scores[label]:.1%}"] if answer != label else []),
                *([element("br"), element("span", others, class_="muted")] if others else []),
            ),
        ),
    )


def section(chain: Chain) -> Html:
    """Makes the section.

    Args:
      chain: the figures.

    Returns:
      HTML.
    """
    indices = wrong(chain)
    rows: list[list[markup.Child]] = [
        [
            f"#{i}",
            int(chain.labels[i]),
            int(chain.answers(ENGINE)[i]),
            *(f"{score:.1%}" for score in chain.scores[ENGINE][i]),
        ]
        for i in indices
    ]
    return markup.join(
        [
            markup.paragraph(
                f"{len(indices)} of the {len(chain.labels):,} test images are taken for another"
                " digit"
                f" by at least one engine. The scores are those of {NAME}, in"
                " steps of 1/256: what the picture was taken for, and what it is. If another engine"
                " answers otherwise, it is named.",
            ),
            element("ul", *(_item(chain, i) for i in indices), class_="digits"),
            markup.details(
                "All ten scores of each",
                markup.table(
                    f"Scores of {NAME} for the images above",
                    ["Image", "Is", "Taken for", *range(CLASSES)],
                    rows,
                ),
            ),
        ]
    )
