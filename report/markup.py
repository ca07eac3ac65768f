# SPDX-License-Identifier: Apache-2.0
"""Builds HTML of which everything is escaped that is not known to be HTML.

The page is well-formed XML, too, so that any XML parser can check it.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from typing import TypeVar

_VOID = frozenset({"br", "col", "hr", "img", "input", "link", "meta", "wbr"})


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


Child = str | int | float | Html | None
T = TypeVar("T")


def escape(child: Child) -> Html:
    """Makes HTML of text.

    Args:
      child: text, a number, HTML, or None for nothing.

    Returns:
      HTML as it is; all else with its special characters escaped, quotation marks too.
    """
    if isinstance(child, Html):
        return child
    return Html("" if child is None else html.escape(str(child)))


def join(children: Iterable[Child], separator: str = "") -> Html:
    """Puts pieces one after the other.

    Args:
      children: text and HTML.
      separator: text between them.

    Returns:
      HTML.
    """
    return Html(escape(separator).join(escape(child) for child in children))


def element(name: str, /, *children: Child, **attributes: str | int | None) -> Html:
    """Makes an element.

    Args:
      name: of the element.
      *children: what is in it.
      **attributes: their values; None leaves one out. `class_` is class, and `aria_label` is
        aria-label.

    Returns:
      HTML.

    Raises:
      ValueError: an element that can't contain anything was given children.
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in _VOID:
        if children:
            raise ValueError(f"<{name}> has no contents")
        return Html(f"<{name}{written}/>")
    return Html(f"<{name}{written}>{join(children)}</{name}>")


def number(value: float | None, digits: int = 0, unit: str = "") -> str:
    """Writes a number for people.

    Args:
      value: the number; None if it is not known.
      digits: after the point.
      unit: after it.

    Returns:
      E.g. "12,345 B"; "–" if it is not known.
    """
    if value is None:
        return "–"
    return f"{value:,.{digits}f}" + (f" {unit}" if unit else "")


def table(
    caption: Child,
    header: Sequence[Child],
    rows: Sequence[Sequence[Child]],
    *,
    text_columns: int = 1,
) -> Html:
    """Makes a table that scrolls by itself where it is too wide.

    Args:
      caption: what it shows.
      header: the columns' titles.
      rows: their cells; the first of a row is its title.
      text_columns: how many of the first columns are text; the others are numbers.

    Returns:
      HTML.

    Raises:
      ValueError: a row has more or fewer cells than there are columns.
    """

    def kind(column: int) -> str | None:
        return "text" if column < text_columns else "number"

    head = [
        element("th", title, scope="col", class_=kind(column))
        for column, title in enumerate(header)
    ]
    body = []
    for row in rows:
        if len(row) != len(header):
            raise ValueError(f"{len(row)} cells in {len(header)} columns: {row}")
        first = element("th", row[0], scope="row")
        cells = [
            element("td", cell, class_=kind(column)) for column, cell in enumerate(row) if column
        ]
        body.append(element("tr", first, *cells))
    return scrolling(
        element(
            "table",
            element("caption", caption),
            element("thead", element("tr", *head)),
            element("tbody", *body),
        ),
        label=f"Table: {caption}",
    )


def scrolling(child: Html, *, label: str) -> Html:
    """Makes a region that scrolls sideways, by the keyboard too.

    Args:
      child: what is in it.
      label: what it is called.

    Returns:
      HTML.
    """
    return element("div", child, class_="scroll", role="region", aria_label=label, tabindex=0)


def details(summary: str, *children: Child) -> Html:
    """Makes something that is shown when somebody asks for it, and in print.

    Args:
      summary: what it is.
      *children: what is in it.

    Returns:
      HTML.
    """
    return element("details", element("summary", summary), *children)


def breakable(name: str) -> Html:
    """Lets a long name of several words be broken after its underscores."""
    return join(name.split("_"), Html("_<wbr/>"))


def paragraph(*children: Child) -> Html:
    """Makes a paragraph."""
    return element("p", *children)


def missing(what: str, reasons: Sequence[str]) -> Html:
    """Says why something is not on the page.

    Args:
      what: is missing.
      reasons: why.

    Returns:
      HTML.
    """
    text = " ".join(reasons) or "The build has no such figures."
    return element("p", element("strong", f"{what} not measured."), " ", text, class_="missing")
