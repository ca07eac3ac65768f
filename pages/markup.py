# SPDX-License-Identifier: Apache-2.0
"""Builds HTML of which everything is escaped that is not known to be HTML.

The page is well-formed XML, too, so that any XML parser can check it.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence

_VOID = frozenset({"br", "col", "hr", "img", "input", "link", "meta", "wbr"})


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


Child = str | int | float | Html | None

# Neither HTML nor XML can have them, whatever way they are written.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
# They turn the order of what follows, so that a name would look like another one.
_TURNING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def escape(child: Child) -> Html:
    """Makes HTML of text.

    Args:
      child: text, a number, HTML, or None for nothing.

    Returns:
      HTML as it is; all else with its special characters escaped, quotation marks too. What HTML
      can't have, and what turns the direction of text, is U+FFFD.
    """
    if isinstance(child, Html):
        return child
    text = "" if child is None else str(child)
    return Html(html.escape(_TURNING.sub("\ufffd", _CONTROL.sub("\ufffd", text))))


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
    text: Sequence[int] = (),
    long: Sequence[int] = (),
    marked: Sequence[int] = (),
    ids: Sequence[str] = (),
) -> Html:
    """Makes a table that scrolls by itself where it is too wide.

    Args:
      caption: what it shows.
      header: the columns' titles.
      rows: their cells; the first of a row is its title.
      text_columns: how many of the first columns are text; the others are numbers.
      text: further columns that are text.
      long: columns of long text, which are broken anywhere.
      marked: rows that are to be seen at once.
      ids: of the rows, for links; none, or one for each.

    Returns:
      HTML.

    Raises:
      ValueError: a row has more or fewer cells than there are columns.
    """

    def kind(column: int) -> str | None:
        if column in long:
            return "long"
        return "text" if column < text_columns or column in text else "number"

    head = [
        element("th", title, scope="col", class_=kind(column))
        for column, title in enumerate(header)
    ]
    body = []
    for place, row in enumerate(rows):
        if len(row) != len(header):
            raise ValueError(f"{len(row)} cells in {len(header)} columns: {row}")
        shade = "shade-1" if place in marked else None
        cells = [
            element(
                "td" if column else "th",
                cell,
                scope=None if column else "row",
                # A row's title needs no class to be found.
                class_=" ".join(filter(None, (kind(column) if column else None, shade))) or None,
            )
            for column, cell in enumerate(row)
        ]
        body.append(element("tr", *cells, id=ids[place] if ids else None))
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


def bullets(items: Iterable[Child]) -> Html:
    """Makes a list."""
    return element("ul", *(element("li", item) for item in items))


def glance(figures: Iterable[tuple[Child, Child]]) -> Html:
    """Shows a few figures that matter most.

    Args:
      figures: (what it is, figure) each.

    Returns:
      HTML.
    """
    return element(
        "dl",
        *(
            element("div", element("dt", what), element("dd", element("strong", figure)))
            for what, figure in figures
        ),
        class_="glance",
    )


def drawing(svg: str, *, label: str) -> Html:
    """Puts an SVG file's text into a page; what is too wide scrolls.

    Args:
      svg: the file's text, well-formed: of writers that escape what they are given.
      label: what it shows.

    Returns:
      HTML.
    """
    return scrolling(Html(svg[svg.index("<svg") :].rstrip()), label=label)
