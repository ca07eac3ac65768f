# SPDX-License-Identifier: Apache-2.0
"""Puts sections together to one page that needs no other file.

It has a light and a dark look, as the reader's system asks, can be printed, and fits narrow
screens: only tables and drawings that are too wide scroll sideways.
"""

from __future__ import annotations

from pages import palette
from pages.markup import Child, Html, element

_COLOURS = f"""\
:root {{ color-scheme: light dark; {palette.declarations(palette.LIGHT)} }}
@media screen and (prefers-color-scheme: dark) {{
  :root {{ {palette.declarations(palette.DARK)} }} }}
"""

_COMMON = """\
* { box-sizing: border-box; }
html { background: var(--background); color: var(--text); }
body { font: 16px/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  margin: 0 auto; padding: 1.5rem 1.25rem 4rem; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 0.5rem; }
h2 { border-top: 1px solid var(--grid); font-size: 1.35rem; line-height: 1.25;
  margin: 2.5rem 0 0.75rem; padding-top: 1.5rem; }
p { margin: 0 0 1rem; max-width: 48rem; }
a { color: var(--series-0); }
a:focus-visible, button:focus-visible, summary:focus-visible, .scroll:focus-visible {
  outline: 2px solid var(--series-0); outline-offset: 2px; }
.muted { color: var(--muted); }
.glance { display: grid; }
.glance div { border: 1px solid var(--grid); border-radius: 0.5rem; }
.glance dd { margin: 0; }
.glance strong { line-height: 1.25; }
.scroll { max-width: 100%; overflow-x: auto; }
table { border-collapse: collapse; font-size: 0.9rem; }
caption { color: var(--muted); padding: 0 0 0.4rem; text-align: left; }
th, td { border-bottom: 1px solid var(--grid); text-align: left; vertical-align: top; }
thead th { border-bottom-color: var(--muted); vertical-align: bottom; }
tbody th { font-weight: 500; }
.text { white-space: nowrap; }
.number { font-variant-numeric: tabular-nums; text-align: right; white-space: nowrap; }
thead .number { white-space: normal; }
.shade-1 { background: color-mix(in srgb, var(--series-1) 12%, transparent); }
"""

_PRINTED = """\
@media print { body { font-size: 10pt; max-width: none; padding: 0; }
  nav { display: none; } h2 { break-after: avoid; }
  tr, .glance div { break-inside: avoid; }
  .scroll { overflow: visible; }
  table { font-size: 7.5pt; } th, td { padding: 0.15rem 0.4rem; }
  .text, .number { white-space: normal; } * { print-color-adjust: exact; } }
"""

_OWN = """\
body { max-width: 76rem; overflow-wrap: anywhere; }
h3 { font-size: 1.1rem; margin: 1.5rem 0 0.5rem; }
ul { max-width: 48rem; }
nav ul { display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; list-style: none;
  max-width: none; padding: 0; }
.glance { gap: 0.75rem; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr));
  margin: 0 0 1.5rem; }
.glance div { display: flex; flex-direction: column-reverse; justify-content: flex-end;
  padding: 0.5rem 0.9rem; }
.glance dt { color: var(--muted); font-size: 0.9rem; }
.glance strong { font-size: 1.25rem; }
.scroll { margin: 0 0 1.5rem; }
.scroll > svg { display: block; }
table { overflow-wrap: normal; }
th, td { padding: 0.3rem 0.6rem; }
.long { max-width: 26rem; min-width: 9rem; overflow-wrap: anywhere; }
@media print { h3, caption { break-after: avoid; }
  .scroll > svg { height: auto; max-width: 100%; } .long { min-width: 0; }
  @page { margin: 14mm; } }
"""


def style_sheet(own: str) -> str:
    """Makes the CSS of a page, without its colours: what all pages have in common, and its own.

    Args:
      own: what the page has besides, or in another way. On paper what is common counts more.

    Returns:
      CSS. It needs the variables of pages.palette.
    """
    return _COMMON + own + _PRINTED


STYLE = _COLOURS + style_sheet(_OWN)
"""The look of pages. Sections use its classes and its colours, so that they fit into any page that
has the same ones."""

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def section(identifier: str, title: str, *children: Child) -> Html:
    """Makes a section.

    Args:
      identifier: for links.
      title: its heading.
      *children: what is in it.

    Returns:
      HTML.
    """
    name = f"{identifier}-title"
    return element(
        "section",
        element("h2", title, id=name),
        *children,
        id=identifier,
        aria_labelledby=name,
    )


def document(title: str, *children: Child, style: str = "") -> str:
    """Makes a page.

    Args:
      title: of the page.
      *children: what is in it, after the title.
      style: CSS besides STYLE.

    Returns:
      HTML that is well-formed XML, too. It has no script, and its policy allows none.
    """
    css = STYLE + style
    if "<" in css or "&" in css:
        raise ValueError("CSS with < or & is not well-formed in XML")
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        Html(f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}"/>'),
        element("title", title),
        Html(f"<style>\n{css}</style>"),
    )
    body = element("body", element("h1", title), element("main", *children))
    whole = str(element("html", head, body, lang="en"))
    # Lines, for people who compare two pages.
    for end in ("</section>", "</tr>", "</style>", "</thead>", "</p>", "</g>"):
        whole = whole.replace(end, end + "\n")
    return f"<!doctype html>\n{whole}\n"
