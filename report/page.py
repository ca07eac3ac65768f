# SPDX-License-Identifier: Apache-2.0
"""Puts the sections together to one page that needs nothing else."""

from __future__ import annotations

import pathlib
from types import ModuleType

from pages import markup, palette
from pages import page as parts
from pages.markup import Html, element
from report.chain import Chain
from report.sections import (
    accuracy,
    comparison,
    confusion,
    histograms,
    instructions,
    layer_noise,
    memory,
    mistakes,
    overview,
    sizes,
    training,
)

SECTIONS: tuple[ModuleType, ...] = (
    overview,
    training,
    accuracy,
    confusion,
    mistakes,
    histograms,
    layer_noise,
    sizes,
    memory,
    instructions,
    comparison,
)
"""In the order of the page. Each has ID, TITLE and section(chain)."""

TITLE = "mnist_micro: from training to the chip"

_FOLDER = pathlib.Path(__file__).parent


def style() -> str:
    """Makes the page's CSS: the colours of both schemes, and style.css with what all pages have."""
    light, dark = palette.declarations(palette.LIGHT), palette.declarations(palette.DARK)
    return (
        f":root {{ color-scheme: light; {light} }}\n"
        "@media screen and (prefers-color-scheme: dark) {\n"
        f'  :root:not([data-theme="light"]) {{ color-scheme: dark; {dark} }}\n'
        "}\n"
        "@media screen {\n"
        f'  :root[data-theme="dark"] {{ color-scheme: dark; {dark} }}\n'
        "}\n"
    ) + parts.style_sheet((_FOLDER / "style.css").read_text(encoding="utf-8"))


def _raw(name: str, text: str) -> Html:
    """An element whose text HTML takes as it is, and XML too if it has neither < nor &."""
    if "<" in text or "&" in text:
        raise ValueError(f"<{name}>: text with < or & is no XML")
    return Html(f"<{name}>{text}</{name}>")


def render(chain: Chain) -> str:
    """Makes the page.

    Args:
      chain: the figures.

    Returns:
      HTML that is well-formed XML, too; the same for the same figures.
    """
    script = (_FOLDER / "theme.js").read_text(encoding="utf-8")
    links = [element("li", element("a", module.TITLE, href=f"#{module.ID}")) for module in SECTIONS]
    sections = [
        parts.section(module.ID, module.TITLE, module.section(chain)) for module in SECTIONS
    ]
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", TITLE),
        _raw("style", style()),
    )
    body = element(
        "body",
        element("a", "To the figures", href="#overview", class_="skip"),
        element(
            "header",
            element("h1", TITLE),
            markup.paragraph(
                "One network, all the way from raw digits to compiled C. Every figure is from the"
                f" build's own files. TFLM: {chain.tflm}.",
            ),
            element("button", "Colours: as the system", id="theme", type="button", hidden=""),
            element("nav", element("ol", *links), aria_label="Sections"),
        ),
        element("main", *sections),
        element("footer", markup.paragraph("Made by ./bazelw run //:report.")),
        _raw("script", script),
    )
    return f"<!doctype html>\n{element('html', head, body, lang='en')}\n".replace(
        "</section>", "</section>\n"
    )
