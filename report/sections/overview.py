# SPDX-License-Identifier: Apache-2.0
"""The figures that matter most."""

from __future__ import annotations

from pages import markup
from pages.markup import Html, element
from report.chain import Chain

ID = "overview"
TITLE = "At a glance"

CORE = "cortex_m4f"


def figures(chain: Chain) -> list[tuple[str, str, str]]:
    """Lists the most important figures.

    Args:
      chain: the figures.

    Returns:
      Of each the figure, what it is, and what to compare it with.
    """
    count = len(chain.labels)
    found = [
        (
            f"{chain.correct('compiled') / count:.2%}",
            "of the test images right, compiled C",
            f"Keras: {chain.correct('keras') / count:.2%}",
        ),
        (
            f"{chain.sizes['int8_model']:,} B",
            "int8 model",
            f".keras file: {chain.sizes['keras_model']:,} B",
        ),
    ]
    compiled = chain.report_of(CORE, "compiled")
    base = chain.report_of(CORE, "cmsis_nn")
    if compiled and base:
        found += [
            (
                f"{compiled['instructions']['inference']:,}",
                "instructions of an inference, Cortex-M4F",
                f"with TFLM and CMSIS-NN: {base['instructions']['inference']:,}",
            ),
            (
                f"{compiled['ram']['bytes']:,} B",
                "RAM with stack, Cortex-M4F",
                f"with TFLM and CMSIS-NN: {base['ram']['bytes']:,} B",
            ),
            (
                f"{compiled['flash']['bytes']:,} B",
                "flash of the program, Cortex-M4F",
                f"with TFLM and CMSIS-NN: {base['flash']['bytes']:,} B",
            ),
        ]
    return found


def section(chain: Chain) -> Html:
    """Makes the section.

    Args:
      chain: the figures.

    Returns:
      HTML.
    """
    items = [
        element(
            "div",
            element("dt", what),
            element("dd", element("strong", figure), element("span", base, class_="muted")),
        )
        for figure, what, base in figures(chain)
    ]
    parts = [element("dl", *items, class_="glance")]
    if chain.missing:
        parts.append(markup.missing("Some of this page was", chain.missing))
    return markup.join(parts)
